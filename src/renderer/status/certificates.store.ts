/** The certificates of this machine. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { CertificatesState, DoctorCheck } from '../../contract/program.ts'
import { useHost } from '../host/host.ts'

export const useCertificates = defineStore('certificates', () => {
  const host = useHost()
  const state = shallowRef<CertificatesState>({ leaves: [], stores: [] })
  host.watch('certificates.watch', (now) => (state.value = now))
  /** Stores of this machine that do not believe the authority yet. */
  const untrusted = computed(() => state.value.stores.filter((store) => store.state === 'not-trusted'))
  const trust = (store: string, on: boolean): Promise<{ ok: boolean; message: string }> =>
    host.call('certificates.trust', { store, trust: on })
  const authorityPem = (): Promise<{ pem: string; file: string }> => host.call('certificates.authority')
  const examine = (): Promise<readonly DoctorCheck[]> => host.call('certificates.examine')

  return { state, untrusted, examine, trust, authorityPem }
})
