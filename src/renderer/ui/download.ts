/** Hands a text to the browser as a file to be saved. */
export function download(name: string, text: string, type = 'text/plain'): void {
  save(name, new Blob([text], { type }))
}

/** The same with bytes. What they are is not said, so that no browser opens them. */
export function downloadBytes(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  save(name, new Blob([bytes], { type: 'application/octet-stream' }))
}

function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the bytes when the click returns; the address is needed a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
