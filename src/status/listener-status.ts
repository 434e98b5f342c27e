/** One listening socket. */
export interface ListenerStatus {
  /** As the configuration names it: `443`, `127.0.0.1:80`, `unix:/run/x.sock`. */
  readonly listen: string
  /** Where it really is: `127.0.0.1:8443`. */
  readonly address: string
  readonly port: number
  readonly ssl: boolean
  readonly http2: boolean
  readonly connections: number
}
