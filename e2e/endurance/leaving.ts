/** Coming and going: a port that is taken when it starts, QUIT, worker_shutdown_timeout, TERM; on nginx and here. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import {
  engineCommand,
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  wholeConfig,
  type Engine,
  type EngineName,
} from '../support/nginx.ts'
import { ask } from './ask.ts'
import { startOrigin } from './origin.ts'
import type { Report } from './report.ts'

export async function leaving(report: Report): Promise<void> {
  report.begin('coming and going, on nginx and here')
  const origin = await startOrigin()
  try {
    for (const play of plays) {
      const [there, here] = [await play.on('nginx', origin.port), await play.on('sluicegate', origin.port)]
      report.equal(play.name, here, there)
    }
  } finally {
    await origin.close()
  }
}

interface Play {
  readonly name: string
  on(engine: EngineName, origin: number): Promise<unknown>
}

const plays: readonly Play[] = [
  { name: 'a port that stays taken is tried five times', on: takenForGood },
  { name: 'a port that becomes free meanwhile is had', on: takenForAWhile },
  { name: 'QUIT answers what runs, takes nothing new and leaves', on: quits },
  { name: 'worker_shutdown_timeout ends what still runs', on: shutdownTimeout },
  { name: 'TERM leaves at once', on: terminates },
]

async function takenForGood(engine: EngineName): Promise<unknown> {
  const { port, release } = await takePort()
  const { code, said } = await runOn(engine, port, 15_000)
  await release()
  // The address is told in each of the lines.
  return { code, lines: said.split('\n').map((line) => line.replaceAll(String(port), 'PORT')) }
}

async function takenForAWhile(engine: EngineName): Promise<unknown> {
  const { port, release } = await takePort()
  const { said, answered } = await runOn(engine, port, 10_000, release)
  return { tries: said.split('\n').filter((line) => line.includes('bind()')).length, answered }
}

async function takePort(): Promise<{ port: number; release(): Promise<void> }> {
  const port = await freePort()
  const server = net.createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    release: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

/** Runs it for so long, or until it leaves. */
async function runOn(
  engine: EngineName,
  port: number,
  limitMs: number,
  /** Called at the first complaint; from then on the port is asked. */
  release?: () => Promise<void>,
): Promise<{ code: number | null; said: string; answered: string }> {
  const prefix = await makePrefix()
  const text = `server { listen 127.0.0.1:${port}; return 200 here; }`
  writeFileSync(`${prefix}/nginx.conf`, wholeConfig(engine, text))
  const found = engineCommand(engine)
  if (!found) throw new Error(`${engine} is not installed`)
  const globals = 'daemon off; pid nginx.pid; error_log error.log;'
  const args = ['-p', `${prefix}/`, '-c', 'nginx.conf', '-e', 'error.log', '-g', globals]
  const child = spawn(found.command, [...found.args, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  let released = false
  child.stderr.on('data', (piece: Buffer) => {
    said += piece.toString('latin1')
    if (!released) void release?.()
    released = true
  })
  const left = once(child, 'close')
  let answered = ''
  const end = performance.now() + limitMs
  while (performance.now() < end && child.exitCode === null) {
    await delay(50)
    if (!release || !released) continue
    answered = await ask(port, '/').then(
      ({ body }) => body,
      () => '',
    )
    if (answered !== '') break
  }
  child.kill('SIGTERM')
  await left
  await removePrefix(prefix)
  return { code: child.exitCode, said: said.trim(), answered }
}

async function withEngine<T>(
  engine: EngineName,
  origin: number,
  globals: string,
  play: (engine: Engine, port: number) => Promise<T>,
): Promise<T> {
  const port = await freePort()
  const prefix = await makePrefix()
  const text = `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${origin}; } }`
  const started = await startEngine({ engine, config: globals + wholeConfig(engine, text), prefix })
  try {
    return await play(started, port)
  } finally {
    started.kill()
    await removePrefix(prefix)
  }
}

async function quits(engine: EngineName, origin: number): Promise<unknown> {
  return withEngine(engine, origin, '', async (started, port) => {
    const running = ask(port, '/slow/800').then(
      ({ body }) => body,
      () => 'lost',
    )
    await delay(200)
    started.signal('SIGQUIT')
    await delay(200)
    const later = await ask(port, '/slow/1').then(
      () => 'taken',
      () => 'refused',
    )
    const { code } = await started.stop()
    return { running: await running, later, code }
  })
}

async function shutdownTimeout(engine: EngineName, origin: number): Promise<unknown> {
  return withEngine(engine, origin, 'worker_shutdown_timeout 1s; ', async (started, port) => {
    const running = ask(port, '/slow/8000').then(
      () => 'answered',
      () => 'cut off',
    )
    await delay(200)
    const begun = performance.now()
    const { code } = await started.stop()
    return { running: await running, code, seconds: Math.round((performance.now() - begun) / 1000) }
  })
}

async function terminates(engine: EngineName, origin: number): Promise<unknown> {
  return withEngine(engine, origin, '', async (started, port) => {
    const running = ask(port, '/slow/8000').then(
      () => 'answered',
      () => 'cut off',
    )
    await delay(200)
    const begun = performance.now()
    const { code } = await started.stop('SIGTERM')
    return { running: await running, code, soon: performance.now() - begun < 1000 }
  })
}
