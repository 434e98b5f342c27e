/** The head of an answer in HTTP/1, in the order nginx writes it (ngx_http_header_filter). */
import type { Answer, WrittenHead } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { serverName } from '../request/special-response.ts'
import { latin1 } from '../wire/latin1.ts'
import { httpDate, statusLine } from '../wire/write-head.ts'

export function answerHead(x: Exchange, answer: Answer, chunked: boolean): string {
  const { again } = answer
  // Where Location is made absolute it depends on the request.
  if (!again || answer.location !== undefined) return made(x, answer, chunked)
  const date = httpDate(x.cycle.clock.now())
  if (again.date === date && fits(again, x, answer, chunked)) return again.text
  again.text = flat(made(x, answer, chunked))
  again.date = date
  remember(again, x, answer, chunked)
  return again.text
}

/** Whether a head would be what was written last. */
function fits(last: WrittenHead, x: Exchange, answer: Answer, chunked: boolean): boolean {
  return (
    last.lines === answer.lines &&
    last.status === answer.status &&
    last.reason === answer.reason &&
    last.server === answer.server &&
    last.ownDate === answer.date &&
    last.contentType === answer.contentType &&
    last.contentLength === answer.contentLength &&
    last.lastModified === answer.lastModified &&
    last.keepalive === x.keepalive &&
    last.chunked === chunked &&
    last.serverTokens === x.settings.serverTokens &&
    last.headerTimeout === x.settings.keepalive.headerTimeout
  )
}

// Values and no objects of the configuration: what is stored outlives it.
function remember(last: WrittenHead, x: Exchange, answer: Answer, chunked: boolean): void {
  last.lines = answer.lines
  last.status = answer.status
  last.reason = answer.reason
  last.server = answer.server
  last.ownDate = answer.date
  last.contentType = answer.contentType
  last.contentLength = answer.contentLength
  last.lastModified = answer.lastModified
  last.keepalive = x.keepalive
  last.chunked = chunked
  last.serverTokens = x.settings.serverTokens
  last.headerTimeout = x.settings.keepalive.headerTimeout
}

/** The same text in one piece: one that was added up is gathered each time it is written. */
function flat(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return latin1(bytes, 0, bytes.length)
}

function made(x: Exchange, answer: Answer, chunked: boolean): string {
  const { status } = answer
  const own = answer.reason === undefined
  let head = own ? statusLine(status) : `HTTP/1.1 ${answer.reason}\r\n`
  const { settings } = x
  if (answer.server === undefined) head += `Server: ${serverName(settings.serverTokens)}\r\n`
  if (answer.date === undefined) head += `Date: ${httpDate(x.cycle.clock.now())}\r\n`
  const noContent = own && status === 204
  if (!noContent) {
    if (answer.contentType !== undefined) head += `Content-Type: ${answer.contentType}\r\n`
    if (answer.contentLength >= 0) head += `Content-Length: ${answer.contentLength}\r\n`
    if (answer.lastModified !== undefined) head += `Last-Modified: ${answer.lastModified}\r\n`
  }
  const { location } = answer
  const early = location?.startsWith('/') === true && settings.absoluteRedirect
  if (location !== undefined && early) head += `Location: ${absoluteLocation(x, location)}\r\n`
  if (chunked) head += 'Transfer-Encoding: chunked\r\n'
  if (status === 101) head += 'Connection: upgrade\r\n'
  else if (x.keepalive) {
    head += 'Connection: keep-alive\r\n'
    const { headerTimeout } = settings.keepalive
    if (headerTimeout !== undefined) head += `Keep-Alive: timeout=${Math.floor(headerTimeout / 1000)}\r\n`
  } else head += 'Connection: close\r\n'
  if (location !== undefined && !early) head += `Location: ${absoluteLocation(x, location)}\r\n`
  return `${head}${answer.lines}\r\n`
}

/** `/path` with scheme, host and port in front, as absolute_redirect and companions say. */
export function absoluteLocation(x: Exchange, location: string): string {
  const { settings, address, server } = x
  const { localRedirect } = x.cycle
  if (!location.startsWith('/') || !settings.absoluteRedirect) return localRedirect?.(location) ?? location
  const local = address.localAddress.includes(':') ? `[${address.localAddress}]` : address.localAddress
  const host = settings.serverNameInRedirect ? server.firstName : x.host || local
  const usual = address.ssl ? 443 : 80
  const port =
    settings.portInRedirect && address.serverPort > 0 && address.serverPort !== usual
      ? `:${address.serverPort}`
      : ''
  const url = `${address.ssl ? 'https' : 'http'}://${host}${port}${location}`
  return localRedirect?.(url) ?? url
}
