import { expect, test } from 'vitest'
import { isBodyless, statusClass, statusName } from './status-codes.ts'

test.each([
  [200, 'OK', '2xx', false],
  [101, 'Switching Protocols', '1xx', true],
  [204, 'No Content', '2xx', true],
  [304, 'Not Modified', '3xx', true],
  [404, 'Not Found', '4xx', false],
  [499, 'Client Closed Request', '4xx', false],
  [503, 'Service Unavailable', '5xx', false],
  [100, 'Continue', '1xx', true],
  [599, undefined, '5xx', false],
  [299, undefined, '2xx', false],
  [600, undefined, undefined, false],
  [99, undefined, undefined, true],
])('%i is %j, %j, without body: %j', (status, name, group, bodyless) => {
  expect([statusName(status), statusClass(status), isBodyless(status)]).toEqual([name, group, bodyless])
})
