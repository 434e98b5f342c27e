import { describe, expect, test } from 'vitest'
import { runCommand } from './run-command.ts'
import { exited } from './testing/machine.ts'

describe('a command that is run', () => {
  test('gives its code and what it said', async () => {
    const script = 'console.log(process.env.LC_ALL); console.error("no"); process.exitCode = 3'
    const result = await runCommand(process.execPath, ['-e', script])
    expect(result).toEqual(exited(3, { stdout: 'C\n', stderr: 'no\n' }))
  })

  test('finds its input ended', async () => {
    const script = 'process.stdin.on("end", () => console.log("ended")).resume()'
    expect(await runCommand(process.execPath, ['-e', script])).toEqual(exited(0, { stdout: 'ended\n' }))
  })

  test('is missing where there is none', async () => {
    expect(await runCommand('/no/such/program', [])).toEqual({ status: 'missing' })
  })

  test('that is killed has failed', async () => {
    const result = await runCommand(process.execPath, ['-e', 'process.kill(process.pid)'])
    expect(result).toMatchObject({ status: 'exited', code: -1 })
  })
})
