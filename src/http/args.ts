/**
 * The value of the argument `name`, the first if there are several, as received; undefined if there is none with a
 * `=`. Names match whatever their case, nginx's `$arg_`. Source: ngx_http_arg.
 */
export function argValue(args: string, name: string): string | undefined {
  if (name === '') return undefined
  const wanted = `${name.toLowerCase()}=`
  const lower = args.toLowerCase()
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    if (at !== 0 && lower.charAt(at - 1) !== '&') continue
    const from = at + wanted.length
    const to = args.indexOf('&', from)
    return args.slice(from, to < 0 ? undefined : to)
  }
  return undefined
}

/** A URI split at its first `?`; without one the arguments are empty. Source: ngx_http_split_args. */
export function splitArgs(uri: string): { uri: string; args: string } {
  const at = uri.indexOf('?')
  return at < 0 ? { uri, args: '' } : { uri: uri.slice(0, at), args: uri.slice(at + 1) }
}
