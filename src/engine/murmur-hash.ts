/** MurmurHash2 of a text of bytes, as nginx has it for split_clients (ngx_murmur_hash2); 32 bits, unsigned. */
export function murmurHash2(text: string): number {
  const m = 0x5bd1e995
  let h = text.length >>> 0
  let i = 0
  for (let left = text.length; left >= 4; left -= 4, i += 4) {
    let k =
      text.charCodeAt(i) |
      (text.charCodeAt(i + 1) << 8) |
      (text.charCodeAt(i + 2) << 16) |
      (text.charCodeAt(i + 3) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = text.length - i
  if (rest >= 3) h ^= text.charCodeAt(i + 2) << 16
  if (rest >= 2) h ^= text.charCodeAt(i + 1) << 8
  if (rest >= 1) h = Math.imul(h ^ text.charCodeAt(i), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return (h ^ (h >>> 15)) >>> 0
}
