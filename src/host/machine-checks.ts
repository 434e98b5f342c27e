/** What the certificates' doctor asks of this machine: names, ports, the age of a file. */
import { lookup } from 'node:dns/promises'
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Config } from '../config/model.ts'
import type { DoctorCheck } from '../contract/program.ts'
import type { ListenerStatus } from '../status/listener-status.ts'
import type { Certificates } from './certificates.ts'
import { examine } from './doctor.ts'

/** Examines as things stand now. */
export async function examineMachine(
  certificates: Certificates,
  config: Config,
  listeners: readonly ListenerStatus[],
  now: number,
): Promise<readonly DoctorCheck[]> {
  certificates.lookAgain()
  const state = await certificates.snapshot()
  const made = state.authority && (await stat(state.authority.file).catch(() => undefined))
  return examine({
    config,
    certificates: state,
    listeners,
    authorityMadeAt: made?.mtimeMs,
    now,
    lookup: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
    connect: answers,
  })
}

// 1 s: a listener of this machine answers at once or not at all.
const patienceMs = 1000

/** Resolves when a connection stands; it is closed again at once. */
function answers(address: string): Promise<void> {
  const at = address.lastIndexOf(':')
  const [host, port] = [address.slice(0, at).replace(/^\[|\]$/g, ''), Number(address.slice(at + 1))]
  const target = address.startsWith('unix:') ? { path: address.slice(5) } : { host: hereFor(host), port }
  return new Promise((resolve, reject) => {
    const socket = connect(target)
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer within a second')))
    socket.on('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
}

/** Where one reaches what listens on every address. */
function hereFor(host: string): string {
  if (host === '0.0.0.0' || host === '*') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
