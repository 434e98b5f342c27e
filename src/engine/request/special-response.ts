/** nginx's own error and redirect pages, byte for byte (ngx_http_special_response.c). */
import type { LocationSettings } from '../cycle/settings.ts'
import { firstValue } from '../wire/fields.ts'
import type { Exchange } from './exchange.ts'
import { nginxVersion } from './version.ts'

const titles: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Authorization Required',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Time-out',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  415: 'Unsupported Media Type',
  416: 'Requested Range Not Satisfiable',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
}

/** nginx's own codes: shown as 400 with a sentence. */
const sentences: Readonly<Record<number, string>> = {
  494: 'Request Header Or Cookie Too Large',
  495: 'The SSL certificate error',
  496: 'No required SSL certificate was sent',
  497: 'The plain HTTP request was sent to HTTPS port',
}

const padding = '<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n'.repeat(6)

/** What nginx calls itself in pages and in `Server`. */
export function serverName(tokens: LocationSettings['serverTokens']): string {
  if (tokens === 'off') return 'nginx'
  return tokens === 'build' ? `nginx/${nginxVersion} (Sluicegate)` : `nginx/${nginxVersion}`
}

/** The page of a code, or an empty text where nginx has none. */
export function errorPage(x: Exchange, code: number): string {
  const tail = `<hr><center>${serverName(x.settings.serverTokens)}</center>\r\n</body>\r\n</html>\r\n`
  const sentence = sentences[code]
  const title = titles[code]
  const pad = code >= 400 && x.head.version >= 10 && wantsPadding(x) ? padding : ''
  if (sentence !== undefined)
    return `<html>\r\n<head><title>400 ${sentence}</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>${sentence}</center>\r\n${tail}${pad}`
  if (title === undefined) return ''
  return `<html>\r\n<head><title>${code} ${title}</title></head>\r\n<body>\r\n<center><h1>${code} ${title}</h1></center>\r\n${tail}${pad}`
}

// ngx_http_process_user_agent: old MSIE and Chrome show pages of their own for short error answers.
function wantsPadding(x: Exchange): boolean {
  if (x.settings.fields.msiePadding === false) return false
  const agent = firstValue(x.head.fields, 'user-agent')
  if (agent === undefined || agent.includes('Opera')) return false
  return /MSIE .../.test(agent) || (!agent.includes('Gecko/') && agent.includes('Chrome/'))
}
