import { expect, test, vi } from 'vitest'

// The module of the real thing starts a download where the binary is absent.
vi.mock('electron', () => ({ shell: {} }))
const { isAllowed, isForTheSystem, isOwnPage } = await import('./origin-guard.ts')

const page = 'file:///opt/sluicegate/out/renderer/index.html'

test.for([
  [page, true],
  [`${page}#/traffic`, true],
  [`${page}?a=b`, true],
  ['file:///etc/passwd', false],
  ['https://example.com/opt/sluicegate/out/renderer/index.html', false],
  ['about:blank', false],
  ['nonsense', false],
] as const)('%s is our page: %s', ([url, own]) => {
  expect(isOwnPage(url, page)).toBe(own)
})

test('in development the page is that of the development server', () => {
  expect(isOwnPage('http://localhost:5173/#/a', 'http://localhost:5173/')).toBe(true)
  expect(isOwnPage('http://localhost:5174/', 'http://localhost:5173/')).toBe(false)
})

test('only web addresses are handed to the system', () => {
  const urls = [
    'https://nginx.org/',
    'HTTP://a',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smb://host/x',
    'https://',
  ]
  expect(urls.filter(isForTheSystem)).toEqual(['https://nginx.org/', 'HTTP://a'])
})

test('a page may copy, and nothing else', () => {
  const asked = [
    'clipboard-sanitized-write',
    'clipboard-read',
    'media',
    'geolocation',
    'notifications',
    'openExternal',
  ]
  expect(asked.filter(isAllowed)).toEqual(['clipboard-sanitized-write'])
})
