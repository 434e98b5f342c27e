import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from './run.ts'
import { serve, type ServeOptions } from './serve.ts'
import { memoryTerminal, removeScratch, scratchFolder } from './testing/scratch.ts'

let folder: string
beforeEach(async () => {
  folder = await scratchFolder()
  await mkdir(join(folder, 'window'))
  await writeFile(join(folder, 'window', 'index.html'), '<!doctype html>')
})
afterEach(removeScratch)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A `serve` that runs until `end` is called. */
async function start(more: Partial<ServeOptions> = {}) {
  const terminal = memoryTerminal()
  let end = (): void => undefined
  const first = new Promise<void>((resolve) => (end = resolve))
  const options: ServeOptions = {
    windowFolder: join(folder, 'window'),
    port: 0,
    state: join(folder, 'state'),
    config: undefined,
    demo: false,
    demoBase: undefined,
    httpPort: undefined,
    httpsPort: undefined,
    open: false,
    openHint: false,
    ...more,
  }
  const exit = serve(options, terminal, { first, second: new Promise(() => undefined) })
  const said = new Promise<void>((resolve) => {
    const { out } = terminal
    terminal.out = (line) => {
      out(line)
      if (line.includes('Ctrl-C')) resolve()
    }
  })
  await Promise.race([said, exit])
  return { terminal, end, exit }
}

function ask(port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, headers: { host }, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (more: string) => (body += more))
      response.on('end', () => resolve(body))
    }).on('error', reject)
  })
}

async function confFile(text: string): Promise<string> {
  const file = join(folder, 'nginx.conf')
  await writeFile(file, text)
  return file
}

test('one address is printed, and what listens; a signal ends it and leaves no lock', async () => {
  const httpPort = await freePort()
  const config = await confFile('http { server { listen 80; server_name a.localhost; return 200 hello; } }')
  const { terminal, end, exit } = await start({ config, httpPort })
  const addresses = terminal.outLines.filter((line) => line.includes('http://'))
  expect(addresses).toEqual([
    expect.stringMatching(/^Sluicegate is running: http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+$/),
  ])
  expect(terminal.outLines).toContain(`  listening on 127.0.0.1:${httpPort}, for 80 of the configuration`)
  expect(await ask(httpPort, 'a.localhost')).toBe('hello')
  end()
  expect(await exit).toBe(0)
  await expect(ask(httpPort, 'a.localhost')).rejects.toThrow('ECONNREFUSED')
  const left = await readdir(join(folder, 'state'))
  expect(left.filter((name) => name === 'lock' || name === 'address.json')).toEqual([])
})

test('the authority of its certificates is there when its file is printed', async () => {
  const httpsPort = await freePort()
  const config = await confFile('http { server { listen 443 ssl; server_name a.localhost; return 200 x; } }')
  const { terminal, end, exit } = await start({ config, httpsPort })
  const file = join(folder, 'state', 'certificates', 'authority.crt')
  expect(terminal.outLines.join('\n')).toContain(`certificates are signed by ${file}`)
  expect(await readFile(file, 'utf8')).toContain('BEGIN CERTIFICATE')
  end()
  expect(await exit).toBe(0)
})

test('an import while it runs is done by it, and runs at once', async () => {
  const httpPort = await freePort()
  const { end, exit } = await start({ httpPort })
  const config = await confFile('http { server { listen 80; return 200 imported; } }')
  const terminal = memoryTerminal()
  expect(await run(['import', config, '--state', join(folder, 'state')], terminal)).toBe(0)
  expect(await ask(httpPort, 'any')).toBe('imported')
  end()
  await exit
})

test('a second one on the same folder is refused, and told who has it', async () => {
  const { end, exit } = await start()
  await expect(start()).rejects.toThrow(`(process ${process.pid})`)
  end()
  await exit
})

test('a port in use is named with the process that has it; the window is there to put it right', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const config = await confFile('http { server { listen 80; return 200 hello; } }')
  const { terminal, end, exit } = await start({ config, httpPort: port })
  const told = terminal.outLines.join('\n')
  expect(told).toContain(`port ${port} is taken by`)
  if (process.platform === 'linux') expect(told).toContain(`(process ${process.pid})`)
  expect(told).toContain('the proxy does not run')
  end()
  expect(await exit).toBe(0)
  taken.close()
})

test('a configuration with mistakes is refused before anything starts', async () => {
  const config = await confFile('http { server { listen eighty; } ')
  const { terminal, exit } = await start({ config })
  expect(await exit).toBe(1)
  expect(terminal.errLines.join('\n')).toContain(`${config}:1: error:`)
  expect(terminal.outLines.join('\n')).not.toContain('running')
})

test('without a built window it says how to build it', async () => {
  await expect(start({ windowFolder: join(folder, 'none') })).rejects.toThrow('npm run build')
})
