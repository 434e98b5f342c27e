// The launchers of bin/, in a scratch copy with a small program in place of the built one, under the Node of the tests
// and, where the machine has one, an older Node.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const project = resolve(import.meta.dirname, '..')
let scratch: string

/** Says what it is given; with `wait`, then names each signal and ends when told to. */
const program = `
console.log(JSON.stringify({ pid: process.pid, node: Number(process.versions.node.split('.')[0]), args: process.argv.slice(2) }))
if (process.argv[2] === 'exit') process.exit(Number(process.argv[3]))
if (process.argv[2] === 'wait') {
  setInterval(() => {}, 1000)
  for (const name of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGINT']) process.on(name, () => console.log(name))
  process.on('SIGQUIT', () => process.exit(3))
  console.log('waiting')
}`

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sluicegate-launch-'))
  for (const name of ['bin', 'package.json'])
    await cp(join(project, name), join(scratch, name), { recursive: true })
  await symlink(join(project, 'node_modules'), join(scratch, 'node_modules'))
  await mkdir(join(scratch, 'out/main'), { recursive: true })
  for (const file of ['cli.js', 'nginx.js']) await writeFile(join(scratch, 'out/main', file), program)
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** The first Node on PATH that is older than the program's. */
function olderNode(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      const version = /^v(\d+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]
      return version !== undefined && Number(version) >= 18 && Number(version) < 24
    })
}

interface Running {
  child: ChildProcess
  /** Answers the next line the program says. */
  line: () => Promise<string>
}

function start(node: string, args: string[]): Running {
  const child = spawn(node, args, { cwd: scratch, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  const wanted: ((line: string) => void)[] = []
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more
    for (let end = text.indexOf('\n'); end >= 0 && wanted.length > 0; end = text.indexOf('\n')) {
      wanted.shift()?.(text.slice(0, end))
      text = text.slice(end + 1)
    }
  })
  const line = (): Promise<string> =>
    new Promise((answer) => {
      wanted.push(answer)
      child.stdout?.emit('data', '')
    })
  return { child, line }
}

const older = olderNode()
const nodes: [name: string, path: string][] = [['Node 24', process.execPath]]
if (older !== undefined) nodes.push(['an older Node', older])

describe.for(nodes)('under %s', ([, node]) => {
  test.for(['bin/sluicegate.js', 'bin/sluicegate-nginx.js'])(
    '%s runs the program under Node 24',
    async (file) => {
      const { child, line } = start(node, [file, 'a b', '--c'])
      const said = JSON.parse(await line()) as { node: number; args: string[] }
      expect({ node: said.node >= 24, args: said.args }).toEqual({ node: true, args: ['a b', '--c'] })
      expect(await once(child, 'exit')).toEqual([0, null])
    },
  )

  test('its exit status is the program’s', async () => {
    const { child } = start(node, ['bin/sluicegate.js', 'exit', '5'])
    expect(await once(child, 'exit')).toEqual([5, null])
  })

  test('signals reach the program, and its end is the launcher’s', async () => {
    const { child, line } = start(node, ['bin/sluicegate-nginx.js', 'wait'])
    await line()
    expect(await line()).toBe('waiting')
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGINT'] as const) {
      child.kill(signal)
      expect(await line()).toBe(signal)
    }
    child.kill('SIGQUIT')
    expect(await once(child, 'exit')).toEqual([3, null])
  })

  test('a program ended by a signal ends the launcher by that signal', async () => {
    const { child, line } = start(node, ['bin/sluicegate-nginx.js', 'wait'])
    await line()
    expect(await line()).toBe('waiting')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
  })

  test('a launcher killed outright takes the program with it', async () => {
    const { child, line } = start(node, ['bin/sluicegate-nginx.js', 'wait'])
    await line()
    expect(await line()).toBe('waiting')
    const closed = once(child, 'close') // the program holds the pipe of its output open as long as it lives
    child.kill('SIGKILL')
    await closed
  })

  test('a program that is not built is said, with what to do', async () => {
    await rm(join(scratch, 'out/main/cli.js'))
    const answer = spawnSync(node, ['bin/sluicegate.js'], { cwd: scratch, encoding: 'utf8' })
    await writeFile(join(scratch, 'out/main/cli.js'), program)
    expect({ status: answer.status, said: answer.stderr }).toEqual({
      status: 1,
      said: expect.stringMatching(/out\/main\/cli\.js is not there\).* run: npm run build\n$/),
    })
  })
})

test('through sluicegate-nginx.sh the process started is the program', async () => {
  const { child, line } = start('/bin/sh', ['bin/sluicegate-nginx.sh', 'wait'])
  expect(JSON.parse(await line())).toMatchObject({ pid: child.pid, args: ['wait'] })
  expect(await line()).toBe('waiting')
  child.kill('SIGQUIT')
  expect(await once(child, 'exit')).toEqual([3, null])
})

test.runIf(older !== undefined)('without a Node 24 anywhere it is said which is needed', async () => {
  const bare = await mkdtemp(join(tmpdir(), 'sluicegate-bare-'))
  await cp(join(scratch, 'bin'), join(bare, 'bin'), { recursive: true })
  await cp(join(scratch, 'out'), join(bare, 'out'), { recursive: true })
  await cp(join(scratch, 'package.json'), join(bare, 'package.json'))
  const answer = spawnSync(older ?? '', ['bin/sluicegate.js'], { cwd: bare, encoding: 'utf8' })
  await rm(bare, { recursive: true })
  expect({ status: answer.status, said: answer.stderr }).toEqual({
    status: 1,
    said: expect.stringMatching(/^sluicegate: Node 24 or newer is needed, this is .*npm ci/),
  })
})
