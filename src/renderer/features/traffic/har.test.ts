import { expect, test } from 'vitest'
import * as z from 'zod'
import type { BodyContent } from '../../../status/exchange-body.ts'
import { detailOf, livelyTraffic } from '../../testing/lively-traffic.ts'
import { alwaysSecret } from './field-difference.ts'
import { harOf } from './har.ts'

// The specification's own words: which members there are, and which may be left out.
const nameValue = z.strictObject({ name: z.string(), value: z.string(), comment: z.string().optional() })
const cookie = z.strictObject({ name: z.string(), value: z.string() })
const message = {
  httpVersion: z.string(),
  cookies: z.array(cookie),
  headers: z.array(nameValue),
  headersSize: z.number().int().min(-1),
  bodySize: z.number().int().min(-1),
}
const time = z.number().min(-1)
const har = z.strictObject({
  log: z.strictObject({
    version: z.literal('1.2'),
    creator: z.strictObject({ name: z.string(), version: z.string() }),
    comment: z.string().optional(),
    entries: z.array(
      z
        .strictObject({
          startedDateTime: z.iso.datetime(),
          time: z.number().min(0),
          request: z.strictObject({
            ...message,
            method: z.string().min(1),
            url: z.url(),
            queryString: z.array(nameValue),
            postData: z
              .strictObject({
                mimeType: z.string(),
                params: z.array(nameValue),
                text: z.string(),
                comment: z.string().optional(),
              })
              .optional(),
          }),
          response: z.strictObject({
            ...message,
            status: z.number().int(),
            statusText: z.string(),
            redirectURL: z.string(),
            content: z.strictObject({
              size: z.number().int().min(0),
              mimeType: z.string(),
              text: z.string().optional(),
              encoding: z.literal('base64').optional(),
              comment: z.string().optional(),
            }),
          }),
          cache: z.strictObject({}),
          timings: z.strictObject({
            blocked: time,
            dns: time,
            connect: time,
            send: z.number().min(0),
            wait: z.number().min(0),
            receive: z.number().min(0),
            ssl: time,
          }),
          serverIPAddress: z.string().optional(),
          connection: z.string().optional(),
          comment: z.string().optional(),
        })
        // "time" is the sum of all timings, without those that do not apply.
        .refine(({ time, timings: { blocked, connect, send, wait, receive } }) => {
          const sum = [blocked, connect, send, wait, receive].reduce((all, one) => all + Math.max(0, one), 0)
          return Math.abs(sum - time) < 1e-6
        }),
    ),
  }),
})

const make = livelyTraffic()
const details = Array.from({ length: 300 }, () => detailOf(make(1_760_000_000_000)))
const body = (about: Partial<BodyContent> & { base64: string }): BodyContent => ({
  side: 'response',
  size: 4,
  kept: 4,
  decoded: false,
  ...about,
})

test('an archive is what the specification says', () => {
  const made = harOf(
    details.map((detail) => ({ detail })),
    { version: '1', secrets: alwaysSecret },
  )
  expect(har.safeParse(JSON.parse(JSON.stringify(made))).error).toBeUndefined()
  expect(made.log.entries).toHaveLength(300)
})

test('secrets are left out unless they are asked for', () => {
  const [detail] = details
  const text = (secrets: ReadonlySet<string>): string =>
    JSON.stringify(harOf(detail ? [{ detail }] : [], { version: '1', secrets }))
  expect(text(alwaysSecret)).not.toMatch(/eyJhbGci|0f8fad5b|7c9e6679/)
  expect(text(new Set())).toMatch(/eyJhbGci.*0f8fad5b.*7c9e6679/)
})

test('bodies are text or base64, and what is cut says so', () => {
  const detail = details.find(({ record }) => record.bodyBytesSent > 0)
  if (!detail) throw new Error('no answer has a body')
  const content = (responseBody: BodyContent | undefined) =>
    harOf([{ detail, responseBody }], { version: '1', secrets: alwaysSecret }).log.entries[0]?.response
      .content
  expect(content(body({ base64: btoa('{"a"') }))).toMatchObject({ text: '{"a"', size: 4 })
  expect(content(body({ base64: btoa('\0\u0001') }))).toMatchObject({ text: 'AAE=', encoding: 'base64' })
  expect(content(body({ base64: btoa('abcd'), size: 99 }))?.comment).toBe('Cut: 4 of 99 bytes were kept.')
  expect(content(undefined)?.comment).toBe('The body was not recorded.')
})
