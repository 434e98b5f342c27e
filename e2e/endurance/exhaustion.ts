/** Descriptors and disks that run out: what is refused, what goes on, what is said, and that it recovers. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, makePrefix, removePrefix } from '../support/nginx.ts'
import { ask } from './ask.ts'
import { bodyOf, hashOf } from './bodies.ts'
import { startOrigin } from './origin.ts'
import { Product } from './product.ts'
import type { Report } from './report.ts'
import { http1Way } from './ways.ts'

const descriptors = 96
// Of which an eighth is for those who are in (listen/descriptors.ts).
const reserve = descriptors / 8
const noBodyFile = /\[crit\].* open\(\) "[^"]*client_body_temp\/[^"]*" failed \(24: Too many open files\)/g
const noAnswerFile =
  /\[crit\].* open\(\) "[^"]*proxy_temp\/[^"]*" failed \(24: Too many open files\) while reading upstream/g
const outOfDescriptors = /\[crit\].* accept4\(\) failed \(24: Too many open files\)/g

function configuration(port: number, origin: number): string {
  return `events {}
http {
  access_log access.log; client_max_body_size 0; client_body_buffer_size 16k; proxy_buffers 8 4k;
  server {
    listen 127.0.0.1:${port};
    location = /alive { return 200 alive; }
    location / { proxy_pass http://127.0.0.1:${origin}; }
  }
}
`
}

export async function exhaustion(report: Report): Promise<void> {
  const origin = await startOrigin()
  const port = await freePort()
  try {
    await descriptorsRunOut(report, port, origin.port)
    await filesRunOut(report, port, origin.port)
    await diskFills(report, port, origin.port)
  } finally {
    await origin.close()
  }
}

async function descriptorsRunOut(report: Report, port: number, origin: number): Promise<void> {
  report.begin(`${descriptors} descriptors`)
  const product = await Product.start(configuration(port, origin), { descriptors })
  const said = (pattern: RegExp): number => [...product.log.matchAll(pattern)].length
  try {
    const atRest = product.descriptors().length
    const idle = await Promise.all(Array.from({ length: 200 }, () => silent(port)))
    // What has just come may still say something.
    await delay(700)
    report.equal(
      '200 clients that say nothing are let go for one that asks',
      (await ask(port, '/alive')).body,
      'alive',
    )
    report.check(
      'there are never more descriptors than there may be',
      product.descriptors().length < descriptors,
      product.descriptors().length,
    )
    for (const socket of idle) socket.destroy()
    await until(() => product.descriptors().length <= atRest)

    const saidBefore = said(outOfDescriptors)
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => outcome(port, '/slow/700')))
    const count = (what: string): number => outcomes.filter((each) => each === what).length
    report.figure(
      '200 slow requests at once',
      ['200', '500', 'closed'].map((each) => `${each}: ${count(each)}`).join(', '),
    )
    report.equal(
      'each is answered, answered with 500, or closed',
      count('200') + count('500') + count('closed'),
      200,
    )
    report.check('some are answered', count('200') > 0, count('200'))
    await until(() => product.descriptors().length <= atRest)
    report.equal('afterwards all is well', await outcome(port, '/bytes/1/10'), '200')
    report.equal('no descriptor is lost', product.descriptors().length <= atRest + 1, true)
    report.equal('said once', said(outOfDescriptors) - saidBefore, 1)
    report.equal(
      'each 500 has its reason in the log',
      said(/\[alert\].* socket\(\) failed \(24: Too many open files\) while connecting to upstream/g),
      count('500'),
    )
    report.equal('nothing else is wrong', said(/\[(error|emerg)\]/g), 0)
  } finally {
    await product.stop()
  }
}

/** Clients and upstreams have all descriptors but a few: most temporary files cannot be opened. */
async function filesRunOut(report: Report, port: number, origin: number): Promise<void> {
  report.begin(`${descriptors} descriptors, and bodies that need files`)
  const product = await Product.start(configuration(port, origin), { descriptors })
  const said = (pattern: RegExp): number => [...product.log.matchAll(pattern)].length
  try {
    const atRest = product.descriptors().length
    const size = 40_000
    const posts = await Promise.all(
      Array.from({ length: descriptors - atRest - reserve - 2 }, () => rawConnection(port)),
    )
    const request = `POST /sum HTTP/1.0\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`
    const accepted = (count: number): Promise<void> =>
      until(() => product.descriptors().length >= atRest + count)
    await accepted(posts.length)
    for (const post of posts) post.socket.write(request + 'x'.repeat(size / 2))
    const refused = (): number => posts.filter((post) => post.text.startsWith('HTTP/1.1 500 ')).length
    await until(
      () => posts.every((post) => post.text !== '') || openFiles(product) + refused() === posts.length,
    )
    for (const post of posts) if (post.text === '') post.socket.write('x'.repeat(size / 2))
    await Promise.all(posts.map((post) => post.closed))
    const sums = posts.filter((post) => post.text.startsWith('HTTP/1.1 200 ')).length
    report.figure(`${posts.length} bodies at once`, `200: ${sums}, 500: ${refused()}`)
    report.check(
      'each is taken, or refused with 500',
      sums + refused() === posts.length && sums > 0 && refused() > 0,
    )
    report.equal('each 500 has its reason in the log', said(noBodyFile), refused())

    const length = 6_000_000
    const gets = await Promise.all(
      Array.from({ length: Math.floor((descriptors - atRest - 8) / 2) }, () => rawConnection(port)),
    )
    await accepted(gets.length)
    for (const [at, get] of gets.entries()) {
      get.socket.pause()
      get.socket.write(`GET /bytes/${at}/${length} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
    }
    await until(() => said(noAnswerFile) > 0)
    const inMemory = said(noAnswerFile)
    for (const get of gets) get.socket.resume()
    await Promise.all(gets.map((get) => get.closed))
    const whole = gets.filter((get, at) => hashOfBody(get.text) === hashOf(at, length)).length
    report.figure(`${gets.length} answers at once`, `without a file: ${inMemory}`)
    report.equal('each comes whole, with a file or without', whole, gets.length)
    await until(() => product.descriptors().length <= atRest)
    report.equal('no descriptor is lost', product.descriptors().length <= atRest + 1, true)
    const wrong = product.log.split('\n').filter((line) => /\[(error|alert|emerg)\]/.test(line))
    report.equal('nothing else is wrong', wrong, [])
  } finally {
    await product.stop()
  }
}

function openFiles(product: Product): number {
  return product.descriptors().filter((each) => each.includes('_temp/')).length
}

interface RawConnection {
  readonly socket: net.Socket
  readonly text: string
  readonly closed: Promise<unknown>
}

async function rawConnection(port: number): Promise<RawConnection> {
  const socket = net.connect({ port, host: '127.0.0.1' })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const pieces: string[] = []
  socket.setEncoding('latin1')
  socket.on('data', (piece: string) => pieces.push(piece))
  socket.on('error', () => undefined) // 'close' follows
  await once(socket, 'connect')
  return {
    socket,
    get text() {
      return pieces.join('')
    },
    closed,
  }
}

function hashOfBody(answer: string): string {
  const body = Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1')
  return createHash('sha256').update(body).digest('hex')
}

function silent(port: number): Promise<net.Socket> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.on('error', () => resolve(socket))
    socket.once('connect', () => resolve(socket))
    socket.resume()
  })
}

function outcome(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(String(response.statusCode)))
      response.on('error', () => resolve('cut off'))
    })
    request.on('error', () => resolve('closed'))
  })
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !holds(); tries++) await delay(20)
}

async function diskFills(report: Report, port: number, origin: number): Promise<void> {
  report.begin('a disk of 2 MiB')
  const prefix = await makePrefix()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=755', 'none', prefix], { stdio: 'ignore' })
  } catch {
    report.skip('only root may make a small disk')
    await removePrefix(prefix)
    return
  }
  const product = await Product.start(configuration(port, origin), { prefix })
  const way = http1Way(port, { tls: false, keep: true })
  try {
    const said = (pattern: RegExp): number => [...product.log.matchAll(pattern)].length
    const full = / pwrite\(\) "[^"]+" failed \(28: No space left on device\)/g
    const refused = await way.ask({ method: 'POST', path: '/sum', body: bodyOf(1, 4_000_000) })
    report.equal('a body that does not fit is refused with', refused.status, 500)
    report.equal('which is said once', said(full), 1)
    const small = await way.ask({ method: 'POST', path: '/echo', body: bodyOf(2, 100_000) })
    report.equal('one that fits is taken', [small.status, small.hash], [200, hashOf(2, 100_000)])
    const slow = await slowly(port, '/bytes/3/12000000')
    report.equal('an answer that does not fit comes whole', slow, hashOf(3, 12_000_000))
    report.equal('which is said once, too', said(full), 2)
    report.equal(
      'no temporary file is left',
      product.descriptors().filter((each) => each.includes('_temp')).length,
      0,
    )
    // Now there is not even room for a line of a log.
    try {
      writeFileSync(`${prefix}/filler`, Buffer.alloc(4_000_000))
    } catch {
      // that was the point of it
    }
    for (let n = 0; n < 300; n++) await way.ask({ method: 'GET', path: `/bytes/${n}/10` })
    report.equal('without room for logs requests are answered', (await ask(port, '/alive')).body, 'alive')
  } finally {
    way.close()
    await product.stop()
    execFileSync('umount', [prefix])
    await removePrefix(prefix)
  }
}

/** Reads nothing for a while, then all of it; the hash of the body. */
async function slowly(port: number, path: string): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
  socket.pause()
  await delay(1500)
  const pieces: Buffer[] = []
  for await (const piece of socket as AsyncIterable<Buffer>) pieces.push(piece)
  return hashOfBody(Buffer.concat(pieces).toString('latin1'))
}
