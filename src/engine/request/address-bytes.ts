/** An address in network order, one byte a character; `unix:` as it is (`$binary_remote_addr`). */
export function addressBytes(address: string): string {
  if (address === 'unix:') return address
  const four = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  if (four)
    return four
      .slice(1)
      .map((part) => String.fromCharCode(Number(part)))
      .join('')
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = new Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill('0')
  return [...left, ...middle, ...right]
    .map((g) => String.fromCharCode(parseInt(g, 16) >> 8, parseInt(g, 16) & 255))
    .join('')
}
