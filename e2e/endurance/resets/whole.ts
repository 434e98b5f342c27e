/** Whether a message is whole by its own framing; one without any is a head alone. */
export function isWhole(message: string): boolean {
  const at = message.indexOf('\r\n\r\n')
  if (at < 0) return false
  const [head, body] = [message.slice(0, at), message.slice(at + 4)]
  const length = /\r\nContent-Length: (\d+)/i.exec(head)?.[1]
  if (length !== undefined) return body.length >= Number(length)
  if (/\r\nTransfer-Encoding: chunked/i.test(head)) return body.endsWith('0\r\n\r\n')
  // An answer without a length ends with its connection.
  return !head.startsWith('HTTP/')
}

/** The request that came last of all that was heard. */
export function latestRequest(heard: string): string {
  const from = heard.lastIndexOf(' HTTP/1.1\r\n')
  return from < 0 ? '' : heard.slice(heard.lastIndexOf('\n', from) + 1)
}

/** How many of a letter there are. */
export function count(letter: string, text: string): number {
  return text.split(letter).length - 1
}
