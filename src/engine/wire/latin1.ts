/** A method that every Node has had and its type declarations leave out. */
interface Latin1Source {
  latin1Slice(start: number, end: number): string
}

/** The bytes from `start` to `end`, one a character. `toString` does the same, after finding out that it should. */
export function latin1(buffer: Buffer, start: number, end: number): string {
  return (buffer as Buffer & Latin1Source).latin1Slice(start, end)
}
