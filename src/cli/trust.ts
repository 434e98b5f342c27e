/** `sluicegate trust`: makes this machine's programs believe the local authority. */
import type { CertificatesState } from '../contract/program.ts'
import type { HostClient } from '../contract/contract.ts'
import { exitCodes, type Terminal } from './terminal.ts'

/** `remove`: makes them forget it. `show`: changes nothing. */
export async function trust(
  client: HostClient,
  { remove, show }: { remove: boolean; show: boolean },
  terminal: Terminal,
): Promise<number> {
  const { authority, stores } = await knownState(client)
  terminal.out(`${authority.name}\n  certificate ${authority.file}\n  SHA-256 ${authority.fingerprint}`)
  let failed = false
  for (const store of stores) {
    const wanted = remove ? 'not-trusted' : 'trusted'
    if (show || store.state === wanted || store.state === 'unavailable') {
      terminal.out(`${store.name}: ${store.state}${store.reason ? ` (${store.reason})` : ''}`)
      if (show && store.command !== undefined) terminal.out(`  ${store.command}`)
      continue
    }
    const { ok, message } = await client.call('certificates.trust', { store: store.id, trust: !remove })
    terminal.out(`${store.name}: ${ok ? wanted : 'failed'}${message ? ` (${message})` : ''}`)
    failed ||= !ok
  }
  return failed ? exitCodes.failed : exitCodes.ok
}

/** The stream starts before the trust stores were asked. */
function knownState(client: HostClient): Promise<Required<CertificatesState>> {
  return new Promise((resolve, reject) => {
    const stop = client.watch(
      'certificates.watch',
      ({ authority, ...others }) => {
        if (!authority) return
        stop()
        resolve({ authority, ...others })
      },
      reject,
    )
  })
}
