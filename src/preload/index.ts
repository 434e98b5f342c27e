/** Hands the port to the host over to the page, which asks when it is ready. Nothing else of Electron gets there. */
import { ipcRenderer } from 'electron'

ipcRenderer.on('sluicegate:port', (event) => {
  // A page from a file has no origin that could be named; only our own page is ever loaded (main/origin-guard.ts).
  window.postMessage('sluicegate:port', '*', event.ports)
})

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'sluicegate:ready') ipcRenderer.send('sluicegate:ready')
})
