/** An open file becomes an answer (ngx_http_static_handler's second half). */
import { closeSync } from 'node:fs'
import { formatHttpDate } from '../../http/dates.ts'
import { Answer } from './answer.ts'
import { typeOf } from './content-type.ts'
import type { Exchange, Verdict } from './exchange.ts'
import { sendFile } from './file-body.ts'
import { end, isBodyless, sendHead } from './finalize.ts'
import type { OpenFile } from './open-file.ts'

/** Sends it with its validators; it is closed whatever happens. `encoding`: its Content-Encoding. */
export function sendOpenFile(x: Exchange, file: OpenFile, encoding?: string): Verdict {
  x.body.discard()
  const answer = answerFor(x, file)
  if (encoding === undefined) answer.allowRanges = true
  else answer.add('Content-Encoding', encoding)
  const refused = sendHead(x, answer)
  if (refused) {
    closeSync(file.descriptor)
    return refused
  }
  if (isBodyless(x, answer)) {
    closeSync(file.descriptor)
    end(x)
  } else sendFile(x, file, file.size)
  return 'done'
}

function answerFor(x: Exchange, { size, mtimeMs }: OpenFile): Answer {
  const answer = new Answer(200)
  answer.contentLength = size
  answer.lastModifiedMs = mtimeMs
  answer.lastModified = formatHttpDate(mtimeMs)
  answer.contentType = typeOf(x)
  answer.seekable = true
  if (x.settings.etag) {
    answer.etag = `"${(mtimeMs / 1000).toString(16)}-${size.toString(16)}"`
    answer.add('ETag', answer.etag)
  }
  return answer
}
