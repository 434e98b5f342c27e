/**
 * `sluicegate-nginx`: nginx's command line on the embedded engine, in the foreground, so that whatever
 * drives nginx can drive this.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Problem } from '../base/problem.ts'
import { noLocal } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { pathKey } from '../config/path.ts'
import type { Position } from '../config/statement.ts'
import { createEngine, type Engine, type Reporter } from '../engine/index.ts'
import { dump } from '../nginx/dump.ts'
import { emergency } from '../nginx/emergency.ts'
import { missingEvents } from '../nginx/events-section.ts'
import { parseGlobalDirectives } from '../nginx/global-directives.ts'
import { load, type SourceFile } from '../nginx/includes.ts'
import { readConfig } from '../nginx/read.ts'
import { fromDisk, readMainFile, UnreadableFileError } from './config-files.ts'
import { InvalidOption, readOptions, type NginxOptions } from './nginx-options.ts'
import { versionText } from './nginx-version.ts'

/** Where everything is, as nginx resolves it. */
interface Places {
  prefix: string
  conf: string
  errorLog: string
}

/** A configuration that was read, or what is wrong with it. */
interface Read {
  config: Config
  problems: readonly Problem[]
  positions: ReadonlyMap<string, Position>
  files: readonly SourceFile[]
}

// The program has no face: nobody looks at what went through it.
const silent: Reporter = { exchange: () => undefined, log: () => undefined }

function say(severity: string, message: string): void {
  process.stderr.write(`nginx: [${severity}] ${message}\n`)
}

function placesOf(options: NginxOptions): Places {
  const prefix = withSlash(options.prefix ?? '/usr/share/nginx/')
  const conf = options.conf ?? '/etc/nginx/nginx.conf'
  const errorLog = options.errorLog ?? '/var/log/nginx/error.log'
  return {
    prefix,
    conf: conf.startsWith('/') ? conf : prefix + conf,
    errorLog: errorLog === 'stderr' || errorLog.startsWith('/') ? errorLog : prefix + errorLog,
  }
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

function read(options: NginxOptions, places: Places): Read {
  const global = parseGlobalDirectives(options.directives ?? '')
  if (global.problem) return { config: {}, problems: [global.problem], positions: new Map(), files: [] }
  let main: SourceFile
  try {
    main = readMainFile(places.conf)
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error
    const cause = error.cause as NodeJS.ErrnoException
    const why =
      cause.code === 'ENOENT'
        ? '2: No such file or directory'
        : cause.code === 'EACCES'
          ? '13: Permission denied'
          : cause.message
    return {
      config: {},
      problems: [{ severity: 'error', code: 'open', message: `open() "${places.conf}" failed (${why})` }],
      positions: new Map(),
      files: [],
    }
  }
  const loaded = load(main, fromDisk, { strict: true })
  const result = readConfig([...global.statements, ...loaded.statements], { strict: true })
  // nginx reads and checks as it goes: whatever stands first in the files is told.
  const problems = [...result.problems, ...loaded.problems, ...missingEvents(result.config)]
  return { config: result.config, problems, positions: result.positions, files: loaded.files }
}

/** Gives a problem of the engine the place of the nearest thing in the text. */
function placed(problem: Problem, positions: ReadonlyMap<string, Position>): Problem {
  if (problem.file !== undefined || !problem.path) return problem
  for (let length = problem.path.length; length > 0; length--) {
    const position = positions.get(pathKey(problem.path.slice(0, length)))
    if (position) return { ...problem, ...position }
  }
  return problem
}

/** Prints problems; true when one of them is an error. */
function report(
  problems: readonly Problem[],
  positions: ReadonlyMap<string, Position>,
  places: Places,
  log?: (severity: 'emerg' | 'warn', message: string) => void,
): boolean {
  for (const problem of problems) {
    const severity = problem.severity === 'error' ? 'emerg' : 'warn'
    const message = emergency(placed(problem, positions))
    if (log) log(severity, message)
    else {
      say(severity, message)
      toErrorLog(places, severity, message)
    }
    if (severity === 'emerg') return true
  }
  return false
}

function toErrorLog(places: Places, severity: string, message: string): void {
  if (places.errorLog === 'stderr') return
  try {
    const at = new Date()
    const stamp = at.toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
    appendFileSync(places.errorLog, `${stamp} [${severity}] ${process.pid}#${process.pid}: ${message}\n`)
  } catch {
    // nginx says `could not open error log file` and goes on; stderr has the message already.
  }
}

function engineOf(places: Places, reporter: Reporter = silent): Engine {
  return createEngine({
    prefix: places.prefix,
    confPrefix: withSlash(dirname(places.conf)),
    tempFolder: places.prefix.replace(/\/$/, ''),
    defaultErrorLog: places.errorLog,
    defaultAccessLog: existsSync(`${places.prefix}logs`) ? 'logs/access.log' : '/var/log/nginx/access.log',
    reporter,
  })
}

function pidPath(config: Config, places: Places): string {
  const path = config.pid ?? 'logs/nginx.pid'
  return path.startsWith('/') ? path : places.prefix + path
}

async function test(options: NginxOptions, places: Places): Promise<number> {
  const found = read(options, places)
  let failed = report(found.problems, found.positions, places)
  if (!failed) {
    const engine = engineOf(places)
    failed = report(await engine.check(found.config, noLocal), found.positions, places)
    await engine.stop({ graceful: false })
  }
  if (failed) {
    process.stderr.write(`nginx: configuration file ${places.conf} test failed\n`)
    return 1
  }
  if (!options.quiet)
    process.stderr.write(
      `nginx: the configuration file ${places.conf} syntax is ok\nnginx: configuration file ${places.conf} test is successful\n`,
    )
  if (options.dump) process.stdout.write(dump(found.files))
  return 0
}

const signalNumbers = { stop: 'SIGTERM', quit: 'SIGQUIT', reopen: 'SIGUSR1', reload: 'SIGHUP' } as const

function signal(name: keyof typeof signalNumbers, options: NginxOptions, places: Places): number {
  const found = read(options, places)
  if (report(found.problems, found.positions, places)) return 1
  const path = pidPath(found.config, places)
  let pid: number
  try {
    pid = Number(readFileSync(path, 'utf8'))
  } catch (error) {
    say(
      'error',
      `open() "${path}" failed (${(error as NodeJS.ErrnoException).code === 'ENOENT' ? '2: No such file or directory' : (error as Error).message})`,
    )
    return 1
  }
  if (!Number.isInteger(pid) || pid <= 0) {
    say('error', `invalid PID number "${readFileSync(path, 'utf8').trim()}" in "${path}"`)
    return 1
  }
  try {
    process.kill(pid, signalNumbers[name])
    return 0
  } catch (error) {
    say('alert', `kill(${pid}, ${signalNumbers[name]}) failed (${(error as Error).message})`)
    return 1
  }
}

async function run(options: NginxOptions, places: Places, reporter: Reporter): Promise<number> {
  const found = read(options, places)
  if (report(found.problems, found.positions, places)) return 1
  const engine = engineOf(places, reporter)
  const tell: Tell = (severity, message) => {
    if (severity !== 'notice') say(severity, message)
    toErrorLog(places, severity, message)
  }
  if (report(await applyPatiently(engine, found.config, tell), found.positions, places)) {
    await engine.stop({ graceful: false })
    return 1
  }
  const pid = pidPath(found.config, places)
  try {
    mkdirSync(dirname(pid), { recursive: true })
    writeFileSync(pid, `${process.pid}\n`)
  } catch (error) {
    say('emerg', `open() "${pid}" failed (${(error as Error).message})`)
    await engine.stop({ graceful: false })
    return 1
  }
  engine.log('notice', `using the embedded engine of Sluicegate, one thread, process ${process.pid}`)
  return new Promise((done) => {
    let ending = false
    const end = (graceful: boolean): void => {
      if (ending && graceful) return
      ending = true
      // What is left may wait for nothing but timers, which keep no process alive: it would end without a word.
      const alive = setInterval(() => undefined, 60_000)
      engine.log('notice', graceful ? 'gracefully shutting down' : 'exiting')
      void engine.stop({ graceful }).then(() => {
        clearInterval(alive)
        removePid(pid)
        done(0)
      })
    }
    process.on('SIGTERM', () => end(false))
    process.on('SIGINT', () => end(false))
    process.on('SIGQUIT', () => end(true))
    process.on('SIGUSR1', () => engine.reopenLogs())
    process.on('SIGUSR2', () =>
      engine.log('notice', 'signal USR2 is ignored: the program upgrades by being started anew'),
    )
    process.on('SIGWINCH', () =>
      engine.log('notice', 'signal WINCH is ignored: there are no worker processes'),
    )
    process.on('SIGHUP', () => {
      engine.log('notice', 'reconfiguring')
      const next = read(options, places)
      const log = (severity: 'emerg' | 'warn', message: string): void => engine.log(severity, message)
      if (report(next.problems, next.positions, places, log)) return
      const tell: Tell = (severity, message) => engine.log(severity, message)
      void applyPatiently(engine, next.config, tell).then((problems) =>
        report(problems, next.positions, places, log),
      )
    })
  })
}

type Tell = (severity: 'emerg' | 'notice', message: string) => void

// As often, and with as long between, as nginx tries (ngx_open_listening_sockets).
const bindTries = 5
const bindPauseMs = 500

/** Applies; where nothing but ports that are taken is in the way, tries again for a while: they may be about to be free. */
async function applyPatiently(engine: Engine, config: Config, tell: Tell): Promise<readonly Problem[]> {
  for (let tries = 1; ; tries++) {
    const problems = await engine.apply(config, noLocal)
    const errors = problems.filter((problem) => problem.severity === 'error')
    if (errors.length === 0 || errors.some((problem) => problem.code !== 'port-in-use')) return problems
    for (const problem of errors) tell('emerg', emergency(problem))
    tell('notice', `try again to bind() after ${bindPauseMs}ms`)
    await delay(bindPauseMs)
    if (tries === bindTries)
      return [{ severity: 'error', code: 'port-in-use', message: 'still could not bind()' }]
  }
}

function removePid(path: string): void {
  rmSync(path, { force: true })
}

/** Runs the command line; resolves with the exit code. `reporter` hears of every exchange while the engine runs. */
export async function nginxProgram(args: readonly string[], reporter: Reporter = silent): Promise<number> {
  let options: NginxOptions
  try {
    options = readOptions(args)
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error
    process.stderr.write(`nginx: ${error.message}\n`)
    return 1
  }
  if (options.version) {
    process.stderr.write(versionText(options))
    if (!options.test) return 0
  }
  const places = placesOf(options)
  if (options.signal) return signal(options.signal, options, places)
  return options.test
    ? test(options, places)
    : run(options, { ...places, prefix: withSlash(resolve(places.prefix)) }, reporter)
}
