/**
 * The X-Forwarded-For to send on: what came, several fields joined, and the address it came from.
 * Source: ngx_http_proxy_add_x_forwarded_for_variable.
 */
export function appendForwardedFor(received: readonly string[], address: string): string {
  return [...received, address].join(', ')
}

/**
 * The addresses of an X-Forwarded-For, the last one, which is the nearest, first. Spaces part as commas do.
 * Source: ngx_http_get_forwarded_addr_internal.
 */
export function forwardedAddresses(value: string): string[] {
  return value
    .split(/[ ,]+/)
    .filter((address) => address !== '')
    .reverse()
}
