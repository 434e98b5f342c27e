import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from './run.ts'
import { memoryTerminal, removeScratch, scratchFolder } from './testing/scratch.ts'

let folder: string
let conf: string
beforeEach(async () => {
  folder = await scratchFolder()
  conf = join(folder, 'nginx.conf')
})
afterEach(removeScratch)

async function sluicegate(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const terminal = memoryTerminal()
  const code = await run(args, terminal)
  return { code, out: terminal.outLines, err: terminal.errLines }
}

const good = `events {}
http {
  server {
    listen 127.0.0.1:8080;
    server_name app.localhost;
    brotli on;
    location / { return 200 hello; }
  }
}
`

test('help and version', async () => {
  const helped = await sluicegate('--help')
  expect(helped.code).toBe(0)
  expect(helped.out.join('\n')).toContain('sluicegate serve')
  expect(await sluicegate()).toEqual(helped)
  expect(await sluicegate('--version')).toEqual({
    code: 0,
    out: [expect.stringMatching(/^sluicegate \d/)],
    err: [],
  })
})

test.for([
  [['dance'], 'there is no command "dance"'],
  [['check'], 'check takes exactly one file'],
  [['check', 'a', 'b'], 'check takes exactly one file'],
  [['check', '--loud', 'a'], "Unknown option '--loud'"],
  [['export', 'a'], 'export takes no "a"'],
  [['serve', '--port', 'many'], '--port takes a port, 0 to 65535, not "many"'],
] as const)('%j is wrong usage, exit code 2', async ([args, message]) => {
  const { code, err } = await sluicegate(...args)
  expect(code).toBe(2)
  expect(err[0]).toContain(message)
  expect(err.at(-1)).toBe('Try: sluicegate --help')
})

test('check says what is wrong, with file and line', async () => {
  await writeFile(conf, good)
  expect(await sluicegate('check', conf)).toMatchObject({ code: 0, out: [`${conf}: 0 errors, 1 warning`] })
  const strict = await sluicegate('check', '--strict', conf)
  expect(strict.code).toBe(1)
  expect(strict.err[0]).toContain(`${conf}:6: error: unknown directive "brotli"`)

  await writeFile(conf, good.replace('return 200 hello', 'proxy_pass backend'))
  const wrong = await sluicegate('check', conf)
  expect(wrong).toMatchObject({ code: 1, out: [`${conf}: 1 error, 1 warning`] })
  expect(wrong.err.join('\n')).toContain(`${conf}:7: error: invalid URL prefix; begin it with http://`)

  await writeFile(conf, 'http {\n  server {\n')
  const cut = await sluicegate('check', conf)
  expect(cut.code).toBe(1)
  expect(cut.err[0]).toMatch(/nginx\.conf:3: error: unexpected end of file, expecting "}"/)
})

test('strictly, what nginx would meet first is said first, and an events block is wanted', async () => {
  await writeFile(conf, 'events {}\nhttp {\n  locaton / {}\n  server {\n')
  const cut = await sluicegate('check', '--strict', conf)
  expect(cut.err[0]).toContain(`${conf}:3: error: unknown directive "locaton"`)
  await writeFile(conf, 'http {}\n')
  const bare = await sluicegate('check', '--strict', conf)
  expect(bare).toMatchObject({
    code: 1,
    err: ['error: no "events" section in configuration; add events { }'],
  })
  expect((await sluicegate('check', conf)).code).toBe(0)
})

test('what two checks find is said once', async () => {
  await writeFile(conf, good.replace('return 200 hello;', 'proxy_pass http://127.0.0.1:1; proxy_cache none;'))
  const { err } = await sluicegate('import', conf, '--state', join(folder, 'state'))
  expect(err.filter((line) => line.includes('"proxy_cache" zone "none" is unknown'))).toHaveLength(1)
})

test('a file that is not there', async () => {
  expect(await sluicegate('check', join(folder, 'none.conf'))).toEqual({
    code: 1,
    out: [],
    err: [
      `sluicegate: cannot read ${folder}/none.conf: 2: No such file or directory; check the path and your rights`,
    ],
  })
})

test('import saves and reports; export gives it back', async () => {
  await writeFile(conf, good)
  const imported = await sluicegate('import', conf, '--state', join(folder, 'state'))
  expect(imported.code).toBe(0)
  expect(imported.out).toEqual([
    `${conf}:6: brotli on: kept, not applied`,
    expect.stringMatching(/^\d+ directives applied, 1 kept, not applied$/),
    'saved as revision 1',
  ])
  const exported = await sluicegate('export', '--state', join(folder, 'state'))
  expect(exported.code).toBe(0)
  expect(exported.out.join('\n')).toContain('brotli on;')
  const file = join(folder, 'out.conf')
  await sluicegate('export', '--state', join(folder, 'state'), '-o', file)
  expect((await readFile(file, 'utf8')).split('\n').slice(1)).toEqual([...exported.out.slice(1), ''])
})

test('an export says which server a real nginx would refuse for want of a certificate', async () => {
  const state = ['--state', join(folder, 'state')]
  await writeFile(conf, good.replace('listen 127.0.0.1:8080', 'listen 127.0.0.1:8443 ssl'))
  await sluicegate('import', conf, ...state)
  const exported = await sluicegate('export', ...state)
  expect(exported.code).toBe(0)
  expect(exported.err).toEqual([
    expect.stringContaining('warning: no "ssl_certificate" is defined for the "listen ... ssl" directive'),
  ])
  expect((await sluicegate('export', '--local', ...state)).err).toEqual([])
})

test('an export says what only a younger nginx takes', async () => {
  const state = ['--state', join(folder, 'state')]
  await writeFile(
    join(folder, 'nginx.conf'),
    'events {}\nhttp { upstream app { server 127.0.0.1:9001; sticky cookie srv; } }\n',
  )
  await sluicegate('import', join(folder, 'nginx.conf'), ...state)
  expect((await sluicegate('export', ...state)).err).toEqual([
    expect.stringContaining('upstream "app" uses "sticky", which nginx has since 1.29.6 and refuses before'),
  ])
})

test('a broken import changes nothing', async () => {
  const state = ['--state', join(folder, 'state')]
  await writeFile(conf, good)
  await sluicegate('import', conf, ...state)
  const before = await sluicegate('export', ...state)
  await writeFile(conf, good.replace('return 200 hello', 'proxy_pass http://127.0.0.1:99999'))
  const broken = await sluicegate('import', conf, ...state)
  expect(broken.code).toBe(1)
  expect(broken.err).toContainEqual(
    expect.stringContaining(`${conf}:7: error: invalid port in upstream "127.0.0.1:99999"`),
  )
  expect(broken.err.at(-1)).toBe(`${conf}: not imported; the saved configuration is as it was`)
  expect(await sluicegate('export', ...state)).toEqual(before)
})

test('a command that waits for one of the timers that keep nothing alive does not end without a word', async () => {
  const program = `
    const { withHost } = await import(${JSON.stringify(new URL('running.ts', import.meta.url).href)})
    await withHost(${JSON.stringify(join(folder, 'state'))}, () => new Promise((done) => setTimeout(done, 50).unref()))
    console.log('answered')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  expect(stdout).toBe('answered\n')
})
