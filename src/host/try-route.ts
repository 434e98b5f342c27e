/** Really asks a route of this machine, as a browser would, and says in words what came of it. */
import { lookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { RouteTrial } from '../status/found-services.ts'

// A development server that is just being started may take this long for its first page.
const timeoutMs = 15_000

/** `url`: of a listener of this machine; `ca`: the local authority, PEM. */
export async function tryRoute(url: string, ca: string, now: () => number): Promise<RouteTrial> {
  const { hostname } = new URL(url)
  const startedAt = now()
  const [answer, resolves] = await Promise.all([ask(url, ca), leadsHere(hostname)])
  const { status, problem } = answer
  const meaning = problem ?? meaningOf(status)
  return { status, ms: now() - startedAt, resolves, ...(meaning !== undefined && { problem: meaning }) }
}

interface Answer {
  readonly status: number
  readonly problem?: string
}

function ask(url: string, ca: string): Promise<Answer> {
  const { protocol, hostname, port, pathname, search, host } = new URL(url)
  const tls = protocol === 'https:'
  const name = hostname.replace(/^\[|\]$/g, '')
  const isAddress = /^[\d.]+$|:/.test(name)
  return new Promise((resolve) => {
    const options = {
      // Whatever the name's address is: it is this machine that is asked.
      host: isAddress ? name : '127.0.0.1',
      port: Number(port) || (tls ? 443 : 80),
      path: pathname + search,
      headers: { host, accept: '*/*', 'user-agent': 'Sluicegate (is the route there?)' },
      timeout: timeoutMs,
      agent: false as const,
    }
    const asked = tls
      ? httpsRequest({ ...options, ca, ...(isAddress ? {} : { servername: name }) })
      : httpRequest(options)
    asked.on('response', (answer) => {
      // The head is enough; an endless stream is an answer as well.
      answer.destroy()
      resolve({ status: answer.statusCode ?? 0 })
    })
    asked.on('timeout', () => asked.destroy(new Error(`there was no answer within ${timeoutMs / 1000} s`)))
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, problem: problemOf(error, options.port) }),
    )
    asked.end()
  })
}

function problemOf(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === 'ECONNREFUSED')
    return `nothing listens on port ${port} here; start the engine, or apply the draft`
  if (error.code?.startsWith('ERR_TLS') || error.code?.includes('CERT'))
    return `the certificate does not fit: ${error.message}`
  return error.message
}

function meaningOf(status: number): string | undefined {
  if (status === 502) return 'the route works, but its service does not answer: start it, or correct the port'
  if (status === 504) return 'the route works, but its service takes too long to answer'
  if (status === 503) return 'the route works; no service of it is there at present, or a limit is reached'
  return undefined
}

// Browsers take *.localhost to this machine whatever the system says (RFC 6761).
async function leadsHere(hostname: string): Promise<boolean> {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || /^[\d.]+$|:/.test(hostname)) return true
  try {
    const { address } = await lookup(hostname)
    return address === '::1' || address.startsWith('127.')
  } catch {
    return false
  }
}
