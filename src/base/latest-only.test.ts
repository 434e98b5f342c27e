import { expect, test } from 'vitest'
import { LatestOnly } from './latest-only.ts'

/** Work whose pieces end when the test says so. */
function scripted(): { started: number[]; end(error?: Error): void; work(value: number): Promise<void> } {
  const started: number[] = []
  let settle: (error?: Error) => void = () => {}
  return {
    started,
    end: (error) => settle(error),
    work(value) {
      started.push(value)
      return new Promise((resolve, reject) => {
        settle = (error) => (error ? reject(error) : resolve())
      })
    },
  }
}

/** Lets everything run that is not waiting for the test. */
async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

test('values between the one under way and the last are passed over', async () => {
  const script = scripted()
  const latest = new LatestOnly(script.work)
  const first = latest.submit(1)
  await settled()
  void latest.submit(2)
  const last = latest.submit(3)
  expect(script.started).toEqual([1])
  script.end()
  await settled()
  expect(script.started).toEqual([1, 3])
  script.end()
  await Promise.all([first, last])
})

test('values that are submitted together are one piece of work', async () => {
  const script = scripted()
  const latest = new LatestOnly(script.work)
  void latest.submit(1)
  const last = latest.submit(2)
  await settled()
  script.end()
  await last
  expect(script.started).toEqual([2])
})

test('what comes after the end begins anew', async () => {
  const script = scripted()
  const latest = new LatestOnly(script.work)
  const first = latest.submit(1)
  await settled()
  script.end()
  await first
  const second = latest.submit(2)
  await settled()
  script.end()
  await second
  expect(script.started).toEqual([1, 2])
})

test('a failure is told only if it was the last value’s', async () => {
  const script = scripted()
  const latest = new LatestOnly(script.work)
  const all = latest.submit(1)
  await settled()
  void latest.submit(2)
  script.end(new Error('one failed'))
  await settled()
  script.end()
  await expect(all).resolves.toBeUndefined()

  const failing = latest.submit(3)
  await settled()
  script.end(new Error('three failed'))
  await expect(failing).rejects.toThrow('three failed')
})
