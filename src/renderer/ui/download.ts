/** Hands a text to the browser as a file to be saved. */
export function download(name: string, text: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the bytes when the click returns; the address is needed a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
