/** Plays one case on one engine. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RecordedRequest } from '../support/origin.ts'
import { EngineRefused, type EngineName } from '../support/nginx.ts'
import { Http2Client } from '../support/http2-client.ts'
import { RawClient, RawClientError, type RawResponse } from '../support/raw-client.ts'
import { checkMessage, checkWhole, Mismatch, type Message } from './check.ts'
import type { Case, MessageCheck, Step } from './format.ts'
import { Stage } from './stage.ts'
import { toBytes, toRegex, visible, visibleLines } from './text.ts'

export type Outcome = { passed: true } | { passed: false; line: number; message: string; details: string[] }

export type PlayOptions = { keep: boolean; deadlineMs: number }

/** Sets the stage, plays every step, stops the engine and looks at its logs. */
export async function playCase(engine: EngineName, parityCase: Case, options: PlayOptions): Promise<Outcome> {
  const stage = await Stage.prepare(engine, parityCase)
  const play = new Play(stage, parityCase, options.deadlineMs)
  try {
    if (parityCase.refused) await play.refused(parityCase.refused)
    else await play.run()
    return { passed: true }
  } catch (error) {
    const outcome = failure(error)
    const kept = options.keep ? [`kept: ${stage.prefix}`] : []
    return { ...outcome, details: [...outcome.details, ...(await errorLogTail(stage)), ...kept] }
  } finally {
    play.hangUp()
    await stage.dispose(options.keep)
  }
}

function failure(error: unknown): { passed: false; line: number; message: string; details: string[] } {
  if (error instanceof Mismatch)
    return { passed: false, line: error.line, message: error.message, details: error.details }
  if (error instanceof EngineRefused) {
    return {
      passed: false,
      line: 0,
      message: 'the engine does not start',
      details: error.output.trim().split('\n'),
    }
  }
  return {
    passed: false,
    line: 0,
    message: error instanceof Error ? (error.stack ?? '') : String(error),
    details: [],
  }
}

/** Nothing, where the engine was never started. */
async function errorLogTail(stage: Stage): Promise<string[]> {
  const log = await stage.readPrefix('error.log')
  const lines = log.split('\n').filter((line) => /\[(warn|error|crit|alert|emerg|info)\]/.test(line))
  return lines.length ? ['error.log ends with', ...lines.slice(-4).map((line) => `  ${visible(line)}`)] : []
}

type Connection = { client: RawClient | Http2Client; methods: string[] }

class Play {
  #stage: Stage
  #case: Case
  #deadlineMs: number
  #connections = new Map<string, Connection>()
  #all: (RawClient | Http2Client)[] = []
  /** How many requests of each origin were looked at. */
  #seen = new Map<string, number>()
  #sequenceFrom = 0

  constructor(stage: Stage, parityCase: Case, deadlineMs: number) {
    this.#stage = stage
    this.#case = parityCase
    this.#deadlineMs = deadlineMs
  }

  async run(): Promise<void> {
    await this.#stage.start()
    const { steps } = this.#case
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at]
      if (!step) continue
      const next = steps[at + 1]
      if (step.kind === 'send' && (step.times > 1 || step.eventually)) {
        const check = next?.kind === 'expect' ? next.messages[0] : undefined
        await this.#atLine(step, () =>
          step.eventually ? this.#retry(step, check) : this.#repeat(step, check),
        )
        if (check) at++
      } else await this.#atLine(step, () => this.#step(step))
    }
    this.#nothingLeft()
    this.hangUp()
    await this.#finish()
  }

  /** The configuration test must fail with these messages. */
  async refused(expected: { line: number; regexes: string[] }): Promise<void> {
    const { code, output } = await this.#stage.test()
    const lines = output.trim().split('\n')
    if (code !== 1) throw new Mismatch(expected.line, `-t ends with exit code ${code} instead of 1`, lines)
    for (const source of expected.regexes) this.#mustMatch(expected.line, source, output)
  }

  hangUp(): void {
    for (const client of this.#all) client.destroy()
  }

  async #atLine(step: Step, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof RawClientError)) throw error
      const seen = error.seen
        ? ['unread', ...visibleLines(error.seen).map((line) => `  ${line}`)]
        : ['nothing unread']
      throw new Mismatch(step.line, error.message, seen)
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'send':
        return this.#send(step)
      case 'expect':
        for (const check of step.messages) await this.#expect(step.connection, check, step.headOnly)
        return
      case 'expect-exactly':
        for (const text of step.messages) await this.#expectExactly(step.line, step.connection, text)
        return
      case 'expect-raw':
        return this.#expectRaw(step.line, step.connection, step.text, step.untilClose)
      case 'closed':
        return this.#expectClosed(step.line, step.connection)
      case 'half-close':
        return this.#connection(step.connection).client.halfClose()
      case 'hang-up':
        this.#connection(step.connection).methods.length = 0
        return this.#connection(step.connection).client.destroy()
      case 'upstream':
        for (const text of step.messages) await this.#expectRequest(step.line, step.origin, text)
        return
      case 'upstream-has':
        for (const check of step.messages) await this.#expectRequestLike(check, step.origin)
        return
      case 'upstream-none':
        return this.#expectNoRequest(step.line, step.origin)
      case 'upstream-closed':
        return this.#expectUpstreamClosed(step.line, step.origin)
      case 'accepted':
        return this.#expectAccepted(step.line, step.origin, step.count)
      case 'origins':
        return this.#expectSequence(step.line, step.sequence)
      case 'release':
        for (const origin of this.#stage.origins.values()) origin.release(step.gate)
        return
      case 'logged':
        return this.#untilLogged(step.line, step.regexes)
      case 'pause':
        return delay(step.ms)
      case 'reload':
        return this.#stage.reload(step.conf)
    }
  }

  async #send(step: Step & { kind: 'send' }): Promise<void> {
    const known = step.fresh ? undefined : this.#connections.get(step.connection)
    const connection = known ?? (await this.#connect(step))
    const bytes = step.messages.map((message) => toBytes(message, this.#stage.values))
    // Only what begins with a request line is a request; a later piece of a body has no method.
    connection.methods.push(
      ...bytes.flatMap((text) => /^(?:\r\n)*([A-Z]+) \S+ HTTP\/\d/.exec(text)?.[1] ?? []),
    )
    if (connection.client instanceof Http2Client) for (const text of bytes) connection.client.write(text)
    else connection.client.write(bytes.join(''))
  }

  async #connect({ connection: name, port, tls, http2 }: Step & { kind: 'send' }): Promise<Connection> {
    const options = { port: Number(this.#stage.values.get(port)), tls, deadlineMs: this.#deadlineMs }
    const client = http2 ? await Http2Client.connect(options) : await RawClient.connect(options)
    const connection = { client, methods: [] }
    this.#all.push(client)
    this.#connections.set(name, connection)
    return connection
  }

  #connection(name: string): Connection {
    const connection = this.#connections.get(name)
    if (!connection) throw new Error(`there is no connection ${JSON.stringify(name)}`)
    return connection
  }

  async #response(name: string, headOnly = false): Promise<RawResponse> {
    const { client, methods } = this.#connection(name)
    const response = headOnly ? await client.head() : await client.response(methods[0] ?? 'GET')
    // 0: a stream that was reset, which has its answer too.
    if (response.status === 0 || response.status >= 200) methods.shift()
    return response
  }

  async #expect(connection: string, check: MessageCheck, headOnly: boolean): Promise<void> {
    checkMessage(check, asMessage(await this.#response(connection, headOnly)), this.#stage.values)
  }

  async #expectExactly(line: number, connection: string, text: string): Promise<void> {
    const { head, body } = await this.#response(connection)
    checkWhole(line, 'the response', text, `${head}\r\n\r\n${body}`, this.#stage.values)
  }

  async #expectRaw(line: number, connection: string, text: string, untilClose: boolean): Promise<void> {
    const { client, methods } = this.#connection(connection)
    if (untilClose) methods.length = 0
    const expected = toBytes(text, this.#stage.values)
    const actual = untilClose ? await client.untilClose() : await client.take(expected.length)
    checkWhole(line, 'what came', text, actual, this.#stage.values)
  }

  async #expectClosed(line: number, connection: string): Promise<void> {
    const { client, methods } = this.#connection(connection)
    await client.closed()
    methods.length = 0
    if (client.unread !== '') {
      throw new Mismatch(line, 'more came before the connection was closed', visibleLines(client.unread))
    }
  }

  /** Sends the same again and again, on one connection as long as it is kept. */
  async #repeat(step: Step & { kind: 'send' }, check: MessageCheck | undefined): Promise<void> {
    for (let count = 0; count < step.times; count++) {
      const kept = this.#connections.get(step.connection)
      if (count === 0 || kept?.client.ended) this.#connections.delete(step.connection)
      await this.#send({ ...step, fresh: false })
      const response = await this.#response(step.connection)
      if (check) checkMessage(check, asMessage(response), this.#stage.values)
      if (response.fields.some(([name, value]) => name === 'Connection' && value === 'close')) {
        await this.#connection(step.connection).client.closed()
      }
    }
  }

  /** Sends on new connections until the answer is as expected; what a reload changes is seen only a little later. */
  async #retry(step: Step & { kind: 'send' }, check: MessageCheck | undefined): Promise<void> {
    if (!check) throw new Mismatch(step.line, 'send eventually needs an expect')
    const deadline = performance.now() + this.#deadlineMs
    for (;;) {
      try {
        await this.#send({ ...step, fresh: true })
        return await this.#expect(step.connection, check, false)
      } catch (error) {
        if (performance.now() > deadline) throw error
      }
      this.#connections.delete(step.connection)
      await delay(10)
    }
  }

  /** The next request of this origin that no step has looked at. */
  async #nextRequest(line: number, name: string): Promise<RecordedRequest> {
    const origin = this.#stage.origin(name)
    const index = this.#seen.get(name) ?? 0
    this.#seen.set(name, index + 1)
    await origin.until(() => origin.requests.length > index, this.#deadlineMs)
    const request = origin.requests[index]
    if (!request) throw new Mismatch(line, `origin ${name} received ${index} requests and no more`)
    return request
  }

  async #expectRequest(line: number, name: string, text: string): Promise<void> {
    const { head, body } = await this.#nextRequest(line, name)
    checkWhole(line, `what origin ${name} received`, text, `${head}\r\n\r\n${body}`, this.#stage.values)
  }

  async #expectRequestLike(check: MessageCheck, name: string): Promise<void> {
    const request = await this.#nextRequest(check.line, name)
    checkMessage(check, { ...request, start: request.requestLine }, this.#stage.values)
  }

  #expectNoRequest(line: number, name: string): void {
    const unexpected = this.#stage.origin(name).requests[this.#seen.get(name) ?? 0]
    if (unexpected)
      throw new Mismatch(line, `origin ${name} received a request`, visibleLines(unexpected.head))
  }

  async #expectUpstreamClosed(line: number, name: string): Promise<void> {
    const origin = this.#stage.origin(name)
    const closed = await origin.until(() => origin.connections === 0, this.#deadlineMs)
    if (!closed)
      throw new Mismatch(line, `${origin.connections} connections to origin ${name} are still open`)
  }

  #expectAccepted(line: number, name: string, count: number): void {
    const { accepted } = this.#stage.origin(name)
    if (accepted !== count)
      throw new Mismatch(line, `origin ${name} accepted ${accepted} connections, not ${count}`)
  }

  #expectSequence(line: number, expected: string[]): void {
    const actual = this.#stage.order.slice(this.#sequenceFrom)
    this.#sequenceFrom = this.#stage.order.length
    if (actual.join(' ') === expected.join(' ')) return
    throw new Mismatch(line, 'the origins were asked in another order', [
      `expected  ${expected.join(' ')}`,
      `actual    ${actual.join(' ')}`,
    ])
  }

  async #untilLogged(line: number, regexes: string[]): Promise<void> {
    const deadline = performance.now() + this.#deadlineMs
    for (;;) {
      const log = await this.#stage.readPrefix('error.log')
      if (regexes.every((source) => this.#lineRegex(source).test(log))) return
      if (performance.now() > deadline) for (const source of regexes) this.#mustMatch(line, source, log)
      await delay(10)
    }
  }

  /** Bytes that nobody expected are a failure, wherever they came. */
  #nothingLeft(): void {
    for (const client of this.#all) {
      if (client.unread === '') continue
      throw new Mismatch(0, 'more came than the case expects', visibleLines(client.unread))
    }
    for (const { methods } of this.#connections.values()) {
      if (methods.length) throw new Mismatch(0, `${methods.length} responses are not expected by the case`)
    }
  }

  async #finish(): Promise<void> {
    const { code, signal, errorLog } = await this.#stage.engine.stop()
    if (code !== 0) throw new Mismatch(0, `after QUIT: exit code ${code}, signal ${signal}`)
    const alert = errorLog.split('\n').find((line) => line.includes('[alert]'))
    if (alert) throw new Mismatch(0, 'error.log has an alert', [alert])
    for (const { line, file, lines } of this.#case.logs) await this.#checkLog(line, file, lines)
    for (const { line, regex, absent } of this.#case.errors) {
      if (!absent) this.#mustMatch(line, regex, errorLog)
      else if (this.#lineRegex(regex).test(errorLog)) {
        throw new Mismatch(line, `error.log matches ${regex}`, errorLog.trim().split('\n'))
      }
    }
  }

  async #checkLog(line: number, file: string, lines: string[]): Promise<void> {
    const actual = await this.#stage.readPrefix(file)
    const expected = lines.map((text) => `${text}\n`).join('')
    // Log lines keep their backslashes: that is how nginx escapes.
    checkWhole(line, file, expected.replaceAll('\\', '\\\\'), actual, this.#stage.values)
  }

  /** In logs and messages `^` and `$` are those of a line. */
  #lineRegex(source: string): RegExp {
    return new RegExp(toRegex(source, this.#stage.values), 'm')
  }

  #mustMatch(line: number, source: string, text: string): void {
    if (this.#lineRegex(source).test(text)) return
    const lines = text.trim().split('\n').map(visible)
    const shown = lines.filter((each) => !each.includes(' [notice] '))
    throw new Mismatch(line, `nothing matches ${source} in`, shown)
  }
}

function asMessage(response: RawResponse): Message {
  return { start: response.statusLine, fields: response.fields, head: response.head, body: response.body }
}
