// The real Electron binary with the built program; where the binary is absent this is skipped, and says so.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, expect, test } from 'playwright/test'
import { findElectron } from '../../build/electron-binary.mjs'

const root = resolve(import.meta.dirname, '../..')
const { path, reason } = findElectron()

test.skip(path === undefined, reason ?? '')

test('the desktop program opens its window and reaches its host', async () => {
  const state = mkdtempSync(join(tmpdir(), 'sluicegate-electron-'))
  const app = await _electron.launch({
    ...(path !== undefined && { executablePath: path }),
    // Chromium refuses its sandbox to root.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root],
    env: { ...process.env, SLUICEGATE_HOME: state },
  })
  try {
    const page = await app.firstWindow()
    await expect(page.getByRole('button', { name: /^Engine running/ })).toBeVisible()
  } finally {
    await app.close()
    rmSync(state, { recursive: true, force: true })
  }
})
