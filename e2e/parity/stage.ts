/** What one case needs around it: a folder, ports, origins, certificates, and the engine itself. */
import { spawn, type ChildProcess } from 'node:child_process'
import net from 'node:net'
import { Origin, type Rule } from '../support/origin.ts'
import {
  freePort,
  makePrefix,
  readIfThere,
  removePrefix,
  runEngine,
  startEngine,
  wholeConfig,
  writePrefixFile,
  type Engine,
  type EngineName,
} from '../support/nginx.ts'
import { certificateFor } from './certificate.ts'
import type { Case, OriginScript } from './format.ts'
import { substitute, toBytes, toRegex } from './text.ts'

export class Stage {
  readonly values = new Map<string, string>()
  readonly origins = new Map<string, Origin>()
  /** The names of the origins in the order in which their requests came. */
  readonly order: string[] = []
  readonly prefix: string
  readonly engineName: EngineName
  #case: Case
  #mutes: MuteListener[] = []
  #engine: Engine | undefined

  private constructor(engineName: EngineName, parityCase: Case, prefix: string) {
    this.engineName = engineName
    this.#case = parityCase
    this.prefix = prefix
    this.values.set('PREFIX', prefix)
  }

  /** Makes everything but the engine. */
  static async prepare(engineName: EngineName, parityCase: Case): Promise<Stage> {
    const stage = new Stage(engineName, parityCase, await makePrefix())
    try {
      await stage.#prepare()
    } catch (error) {
      await stage.dispose(false)
      throw error
    }
    return stage
  }

  async #prepare(): Promise<void> {
    await this.#takePorts()
    await this.#startOrigins()
    for (const { name, hosts } of this.#case.certificates) await this.#writeCertificate(name, hosts)
    for (const file of this.#case.files) {
      await writePrefixFile(this.prefix, { ...file, bytes: toBytes(file.text, this.values) })
    }
  }

  get engine(): Engine {
    if (!this.#engine) throw new Error('the engine was not started')
    return this.#engine
  }

  async start(): Promise<void> {
    const config = this.config(this.#case.conf)
    this.#engine = await startEngine({ engine: this.engineName, prefix: this.prefix, config })
  }

  /** Puts another configuration in place and asks the engine to take it. */
  async reload(conf: string): Promise<void> {
    await writePrefixFile(this.prefix, { path: 'nginx.conf', bytes: this.config(conf) })
    this.engine.signal('SIGHUP')
  }

  /** Tests the configuration (`-t`) and answers what the program says. */
  async test(): Promise<{ code: number | null; output: string }> {
    await writePrefixFile(this.prefix, { path: 'nginx.conf', bytes: this.config(this.#case.conf) })
    const globals = 'pid nginx.pid; error_log error.log;'
    return runEngine(this.engineName, [
      '-t',
      '-p',
      `${this.prefix}/`,
      '-c',
      'nginx.conf',
      '-e',
      'error.log',
      '-g',
      globals,
    ])
  }

  config(conf: string): string {
    return wholeConfig(this.engineName, substitute(conf, this.values))
  }

  /** A file below the prefix, or '' while it does not exist. */
  readPrefix(name: string): Promise<string> {
    return readIfThere(`${this.prefix}/${name}`)
  }

  origin(name: string): Origin {
    const origin = this.origins.get(name)
    if (!origin) throw new Error(`there is no origin ${name}`)
    return origin
  }

  async dispose(keep: boolean): Promise<void> {
    this.#engine?.kill()
    for (const origin of this.origins.values()) await origin.close()
    for (const mute of this.#mutes) mute.end()
    if (!keep) await removePrefix(this.prefix)
  }

  #mentions(pattern: RegExp): string[] {
    const { conf, steps, files } = this.#case
    return [...JSON.stringify({ conf, steps, files }).matchAll(pattern)].map((match) => match[1] ?? '')
  }

  /** PORT and PORT_x for listeners; DEAD_x for ports on which nobody listens. */
  async #takePorts(): Promise<void> {
    for (const name of new Set(['PORT', ...this.#mentions(/%%(PORT_\w+?)%%/g)])) {
      this.values.set(name, String(await freePort()))
    }
    for (const name of new Set(this.#mentions(/%%(DEAD_\w+?)%%/g))) {
      this.values.set(name, `127.0.0.1:${await freePort()}`)
    }
  }

  async #startOrigins(): Promise<void> {
    const scripts = new Map(this.#case.origins.map((script) => [script.name, script]))
    const sockets = new Set(this.#mentions(/%%SOCKET_(\d+)%%/g))
    const names = new Set([...scripts.keys(), ...sockets, ...this.#mentions(/%%ORIGIN_(\d+)(?:_PORT)?%%/g)])
    for (const name of names) {
      const script = scripts.get(name)
      if (script?.neverAccepts) await this.#startMute(name)
      else await this.#startOrigin(name, sockets.has(name), script?.tls ?? false)
    }
    // Answers may name any origin, so they are made when all have their ports.
    for (const [name, origin] of this.origins) origin.rules = this.#rulesOf(scripts.get(name))
  }

  async #startOrigin(name: string, socket: boolean, tls: boolean): Promise<void> {
    const secure = tls ? await certificateFor([`origin-${name}.test`]) : undefined
    const origin = new Origin(name, [], () => this.order.push(name), secure)
    const path = `${this.prefix}/origin-${name}.sock`
    await origin.listen(socket ? path : undefined)
    this.origins.set(name, origin)
    if (socket) this.values.set(`SOCKET_${name}`, path)
    else this.#nameOrigin(name, origin.port)
  }

  #rulesOf(script: OriginScript | undefined): Rule[] {
    return (script?.rules ?? []).map((rule) => ({
      ...rule,
      when: rule.when === undefined ? undefined : toRegex(rule.when, this.values),
      acts: rule.acts.map((act) =>
        'bytes' in act ? { ...act, bytes: toBytes(act.bytes, this.values) } : act,
      ),
    }))
  }

  async #startMute(name: string): Promise<void> {
    const mute = await MuteListener.start()
    this.#mutes.push(mute)
    this.#nameOrigin(name, mute.port)
  }

  #nameOrigin(name: string, port: number): void {
    this.values.set(`ORIGIN_${name}`, `127.0.0.1:${port}`)
    this.values.set(`ORIGIN_${name}_PORT`, String(port))
  }

  async #writeCertificate(name: string, hosts: string[]): Promise<void> {
    const { certificate, key } = await certificateFor(hosts)
    await writePrefixFile(this.prefix, { path: `${name}.crt`, bytes: certificate })
    await writePrefixFile(this.prefix, { path: `${name}.key`, bytes: key })
  }
}

/**
 * A port to which no connection can be made: its owner is stopped, and its queue of connections waiting to be
 * accepted is full, so the kernel answers nothing to one more.
 */
class MuteListener {
  readonly port: number
  #owner: ChildProcess
  #fillers: net.Socket[] = []

  private constructor(owner: ChildProcess, port: number) {
    this.#owner = owner
    this.port = port
  }

  static async start(): Promise<MuteListener> {
    const program =
      "const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => " +
      "process.stdout.write(s.address().port + '\\n', () => process.kill(process.pid, 'SIGSTOP')))"
    const owner = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const port = await new Promise<number>((resolve, reject) => {
      owner.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
      owner.once('exit', () => reject(new Error('the listener that never accepts ended')))
    })
    const mute = new MuteListener(owner, port)
    await mute.#fill()
    return mute
  }

  /** Connects until a connection is not made within 200 ms: then the queue is full. */
  async #fill(): Promise<void> {
    for (let tries = 0; tries < 16; tries++) {
      const socket = net.connect({ port: this.port, host: '127.0.0.1' })
      socket.on('error', () => socket.destroy())
      this.#fillers.push(socket)
      const connected = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), 200)
        socket.once('connect', () => {
          clearTimeout(timer)
          resolve(true)
        })
      })
      if (!connected) return
    }
    throw new Error('the queue of the listener that never accepts does not fill')
  }

  end(): void {
    for (const socket of this.#fillers) socket.destroy()
    this.#owner.removeAllListeners('exit')
    this.#owner.kill('SIGKILL')
  }
}
