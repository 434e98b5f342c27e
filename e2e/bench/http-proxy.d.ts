/** The little of http-proxy that is measured; the package brings no types. */
declare module 'http-proxy' {
  import type { Agent, IncomingMessage, ServerResponse } from 'node:http'

  interface Proxy {
    web(req: IncomingMessage, res: ServerResponse): void
    on(event: 'error', listener: (error: Error, req: IncomingMessage, res: ServerResponse) => void): void
  }

  const httpProxy: { createProxyServer(options: { target: string; agent: Agent }): Proxy }
  export default httpProxy
}
