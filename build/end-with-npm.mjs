/**
 * Ends this process when npm is told to end. npm passes SIGTERM to the shell between itself and its script, and that
 * shell dies without a word to the script: seen from here, the parent has changed.
 */
export function endWithNpm() {
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}
