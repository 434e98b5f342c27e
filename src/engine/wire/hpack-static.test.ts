import { expect, test } from 'vitest'
import { indexedStatus, nameIndex, staticNames, staticValues } from './hpack-static.ts'

/** An entry of the table, by its number in RFC 7541 Appendix A. */
function entry(index: number): string {
  return `${staticNames[index - 1]}: ${staticValues[index - 1]}`
}

test('the table has 61 entries, from :authority to www-authenticate', () => {
  expect([staticNames.length, staticValues.length]).toEqual([61, 61])
  expect([1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 38, 61].map(entry)).toEqual([
    ':authority: ',
    ':method: GET',
    ':method: POST',
    ':path: /',
    ':path: /index.html',
    ':scheme: http',
    ':scheme: https',
    ':status: 200',
    ':status: 500',
    'accept-charset: ',
    'accept-encoding: gzip, deflate',
    'accept-language: ',
    'host: ',
    'www-authenticate: ',
  ])
})

test('names behind the pseudo-fields stand in alphabetical order, but for accept-ranges and accept', () => {
  const names = staticNames.slice(14)
  const sorted = [...names].sort()
  expect([...new Set(names)]).toHaveLength(names.length)
  expect(names.filter((name) => name !== 'accept')).toEqual(sorted.filter((name) => name !== 'accept'))
})

test('a status with an index is written by it, in one byte', () => {
  for (const [status, byte] of Object.entries(indexedStatus))
    expect(entry(byte - 0x80)).toBe(`:status: ${status}`)
  expect(Object.keys(indexedStatus)).toHaveLength(7)
})

test('the indexes of names are those of the table', () => {
  const names = Object.values(nameIndex).map((index) => staticNames[index - 1])
  expect(names).toEqual([
    ':status',
    'content-length',
    'content-type',
    'date',
    'last-modified',
    'location',
    'server',
  ])
})
