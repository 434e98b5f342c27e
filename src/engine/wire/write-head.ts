import { formatHttpDate } from '../../http/dates.ts'

/** The status lines that nginx writes; any other is written as its number and a space. */
const statusLines: Readonly<Record<number, string>> = {
  200: '200 OK',
  201: '201 Created',
  202: '202 Accepted',
  204: '204 No Content',
  206: '206 Partial Content',
  301: '301 Moved Permanently',
  302: '302 Moved Temporarily',
  303: '303 See Other',
  304: '304 Not Modified',
  307: '307 Temporary Redirect',
  308: '308 Permanent Redirect',
  400: '400 Bad Request',
  401: '401 Unauthorized',
  402: '402 Payment Required',
  403: '403 Forbidden',
  404: '404 Not Found',
  405: '405 Not Allowed',
  406: '406 Not Acceptable',
  408: '408 Request Time-out',
  409: '409 Conflict',
  410: '410 Gone',
  411: '411 Length Required',
  412: '412 Precondition Failed',
  413: '413 Request Entity Too Large',
  414: '414 Request-URI Too Large',
  415: '415 Unsupported Media Type',
  416: '416 Requested Range Not Satisfiable',
  421: '421 Misdirected Request',
  429: '429 Too Many Requests',
  500: '500 Internal Server Error',
  501: '501 Not Implemented',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
  505: '505 HTTP Version Not Supported',
  507: '507 Insufficient Storage',
}

/**
 * The whole status line of a response that the engine makes, with its CRLF. nginx answers HTTP/1.1 to every
 * version. Source: ngx_http_header_filter.
 */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${statusLines[status] ?? `${String(status).padStart(3, '0')} `}\r\n`
}

let dateSecond = -1
let dateText = ''

/** The present time for a Date field; made once a second. */
export function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = formatHttpDate(second * 1000)
  }
  return dateText
}
