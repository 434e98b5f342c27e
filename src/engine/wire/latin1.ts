/** A method that every Node has had and its type declarations leave out. */
interface Latin1Source {
  latin1Slice(start: number, end: number): string
  latin1Write(text: string, at: number, length: number): number
}

/** The bytes from `start` to `end`, one a character. `toString` does the same, after finding out that it should. */
export function latin1(buffer: Buffer, start: number, end: number): string {
  return (buffer as Buffer & Latin1Source).latin1Slice(start, end)
}

/** Writes a text of bytes at an offset; the buffer must have room. `write` does the same, after finding out that it should. */
export function writeLatin1(buffer: Buffer, text: string, at: number): void {
  ;(buffer as Buffer & Latin1Source).latin1Write(text, at, text.length)
}
