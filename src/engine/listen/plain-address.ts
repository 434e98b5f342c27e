/** `::ffff:127.0.0.1` as nginx shows it; unix sockets have no address. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unix:'
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
