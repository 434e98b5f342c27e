import { describe, expect, test } from 'vitest'
import { etagMatches, evaluatePreconditions, type Preconditions, type Validators } from './validation.ts'

describe('an entity tag', () => {
  const cases: [list: string, etag: string | undefined, strong: boolean, weak: boolean][] = [
    ['"a"', '"a"', true, true],
    ['"a"', '"b"', false, false],
    ['*', '"a"', true, true],
    ['*', undefined, true, true],
    ['"a"', undefined, false, false],
    ['"b", "a"', '"a"', true, true],
    ['"b","a" ,"c"', '"a"', true, true],
    ['"b" , , \t"a"\t', '"a"', true, true],
    ['W/"a"', 'W/"a"', true, true],
    ['W/"a"', '"a"', false, true],
    ['"a"', 'W/"a"', false, true],
    ['"b", W/"a"', '"a"', false, true],
    ['"a"x, "a"', '"a"', true, true],
    ['"a"x', '"a"', false, false],
    ['"aa"', '"a"', false, false],
    ['"a', '"a"', false, false],
    ['"a,b"', '"a,b"', true, true],
    ['x,"a"', '"a"', true, true],
    ['', '"a"', false, false],
    ['W/', 'W/', true, true],
  ]
  test.each(cases)('in %j is %j: strong %j, weak %j', (list, etag, strong, weak) => {
    expect([etagMatches(list, etag, 'strong'), etagMatches(list, etag, 'weak')]).toEqual([strong, weak])
  })
})

describe('preconditions', () => {
  const before = 'Sun, 06 Nov 1994 08:49:36 GMT'
  const then = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const after = 'Sun, 06 Nov 1994 08:49:38 GMT'
  const both: Validators = { etag: '"a"', lastModifiedMs: Date.UTC(1994, 10, 6, 8, 49, 37) }
  const etagOnly: Validators = { etag: '"a"' }

  const cases: [asked: Preconditions, response: Validators, exact: string, before?: string][] = [
    [{}, both, 'send'],
    [{ ifNoneMatch: '"a"' }, both, 'not-modified'],
    [{ ifNoneMatch: '"b"' }, both, 'send'],
    [{ ifNoneMatch: 'W/"a"' }, both, 'not-modified'],
    [{ ifModifiedSince: then }, both, 'not-modified'],
    [{ ifModifiedSince: before }, both, 'send'],
    [{ ifModifiedSince: after }, both, 'send', 'not-modified'],
    [{ ifModifiedSince: 'rubbish' }, both, 'send'],
    [{ ifModifiedSince: then }, etagOnly, 'send'],
    [{ ifModifiedSince: then, ifNoneMatch: '"a"' }, both, 'not-modified'],
    [{ ifModifiedSince: before, ifNoneMatch: '"a"' }, both, 'send'],
    [{ ifModifiedSince: then, ifNoneMatch: '"b"' }, both, 'send'],
    [{ ifMatch: '"a"' }, both, 'send'],
    [{ ifMatch: '"b"' }, both, 'failed'],
    [{ ifMatch: 'W/"a"' }, both, 'failed'],
    [{ ifUnmodifiedSince: then }, both, 'send'],
    [{ ifUnmodifiedSince: after }, both, 'send'],
    [{ ifUnmodifiedSince: before }, both, 'failed'],
    [{ ifUnmodifiedSince: 'rubbish' }, both, 'failed'],
    [{ ifUnmodifiedSince: then }, etagOnly, 'failed'],
    [{ ifMatch: '"a"', ifNoneMatch: '"a"' }, both, 'not-modified'],
  ]
  test.each(cases)('%j of %j: %s', (asked, response, exact, beforeMode = exact) => {
    expect(evaluatePreconditions(asked, response, 'exact')).toBe(exact)
    expect(evaluatePreconditions(asked, response, 'before')).toBe(beforeMode)
  })

  test('with if_modified_since off the time says nothing', () => {
    expect(evaluatePreconditions({ ifModifiedSince: then }, both, 'off')).toBe('send')
    expect(evaluatePreconditions({ ifNoneMatch: '"a"' }, both, 'off')).toBe('not-modified')
  })
})
