import { existsSync } from 'node:fs'
import { defineConfig } from 'playwright/test'

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env['CHROMIUM_PATH'] ?? installed.find((path) => existsSync(path))
// Chromium refuses its sandbox to root, and only to root.
const chromiumSandbox = process.getuid?.() !== 0

// A container's /dev/shm is often 64 MB, and there is no GPU to ask.
const args = ['--disable-dev-shm-usage', '--disable-gpu']

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/playwright',
  timeout: 60_000,
  // One at a time: every journey starts a whole program, and some measure time.
  workers: 1,
  reporter: [['list']],
  projects: [
    {
      name: 'browser',
      testDir: 'e2e/pages',
      use: {
        browserName: 'chromium',
        headless: true,
        viewport: { width: 1280, height: 800 },
        trace: 'retain-on-failure',
        screenshot: 'only-on-failure',
        ignoreHTTPSErrors: false,
        launchOptions: { executablePath, chromiumSandbox, args },
      },
    },
    {
      name: 'shell',
      testDir: 'e2e/shell',
      use: {
        browserName: 'chromium',
        headless: true,
        viewport: { width: 1280, height: 800 },
        trace: 'retain-on-failure',
        // Electron lets file:// pages load ES modules; plain Chromium needs the flag.
        launchOptions: { executablePath, chromiumSandbox, args: [...args, '--allow-file-access-from-files'] },
      },
    },
    // The real binary brings its own Chromium.
    { name: 'electron', testDir: 'e2e/electron' },
  ],
})
