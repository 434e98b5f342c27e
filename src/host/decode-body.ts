/** Undoes the content codings of a body, of which perhaps only the beginning is there. */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { listMembers } from '../http/fields.ts'

/** What came of it: `problem` where it is not, or not all of it, decoded. */
export interface Decoded {
  readonly bytes: Buffer
  readonly problem?: string
}

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush } = zlib.constants

// What is there is given out, also where the end is missing.
const decoders: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => zlib.createGunzip({ finishFlush: Z_SYNC_FLUSH }),
  'x-gzip': () => zlib.createGunzip({ finishFlush: Z_SYNC_FLUSH }),
  // "deflate" is the zlib format, but some send it bare (RFC 9110 §8.4.1.2). Only the former begins with CM 8.
  deflate: (first) =>
    (first & 0x0f) === 8
      ? zlib.createInflate({ finishFlush: Z_SYNC_FLUSH })
      : zlib.createInflateRaw({ finishFlush: Z_SYNC_FLUSH }),
  br: () => zlib.createBrotliDecompress({ finishFlush: BROTLI_OPERATION_FLUSH }),
  zstd: () => zlib.createZstdDecompress({ finishFlush: ZSTD_e_flush }),
}

/** Codings of a Content-Encoding field, in the order they were applied. */
export function codingsOf(field: string | undefined): string[] {
  return listMembers((field ?? '').toLowerCase()).filter((coding) => coding !== 'identity')
}

/** Decodes up to `limit` bytes; what is made to fill a memory does not. */
export async function decodeBody(bytes: Buffer, codings: readonly string[], limit: number): Promise<Decoded> {
  let now = bytes
  const problems: string[] = []
  for (const coding of codings.toReversed()) {
    const decoder = decoders[coding]
    if (!decoder) return { bytes: now, problem: `Nothing here decodes "${coding}".` }
    const { bytes: next, problem } = await through(decoder(now[0] ?? 0), now, limit)
    if (problem !== undefined) problems.push(`${coding}: ${problem}`)
    if (next.length === 0 && problem !== undefined) return { bytes: now, problem: problems.join(' ') }
    now = next
  }
  return { bytes: now, ...(problems.length > 0 && { problem: problems.join(' ') }) }
}

function through(decoder: Transform, bytes: Buffer, limit: number): Promise<Decoded> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const done = (problem?: string): void => {
      decoder.destroy()
      resolve({ bytes: Buffer.concat(pieces), ...(problem !== undefined && { problem }) })
    }
    decoder.on('data', (piece: Buffer) => {
      const room = limit - size
      pieces.push(piece.subarray(0, room))
      size += piece.length
      if (size > limit) done(`decoded it is longer than ${limit} bytes; this is its beginning.`)
    })
    decoder.on('end', () => done())
    decoder.on('error', (error) => done(`it is not what it says (${error.message}).`))
    decoder.end(bytes)
  })
}
