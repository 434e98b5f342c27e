/** nginx's variables and how a text refers to them: https://nginx.org/en/docs/varindex.html */

/** Every variable of nginx 1.22.1 with the modules that are usually built in. */
export const builtInVariables: ReadonlySet<string> = new Set(
  `ancient_browser args binary_remote_addr body_bytes_sent bytes_sent connection connection_requests connection_time
  connections_active connections_reading connections_waiting connections_writing content_length content_type date_gmt
  date_local document_root document_uri fastcgi_path_info fastcgi_script_name geoip_area_code geoip_city
  geoip_city_continent_code geoip_city_country_code geoip_city_country_code3 geoip_city_country_name
  geoip_country_code geoip_country_code3 geoip_country_name geoip_dma_code geoip_latitude geoip_longitude geoip_org
  geoip_postal_code geoip_region geoip_region_name grpc_internal_trailers gzip_ratio host hostname http2 https
  invalid_referer is_args limit_conn_status limit_rate limit_req_status memcached_key modern_browser msec msie
  nginx_version pid pipe proxy_add_x_forwarded_for proxy_host proxy_internal_body_length proxy_internal_chunked
  proxy_port proxy_protocol_addr proxy_protocol_port proxy_protocol_server_addr proxy_protocol_server_port query_string
  realip_remote_addr realip_remote_port realpath_root remote_addr remote_port remote_user request request_body
  request_body_file request_completion request_filename request_id request_length request_method request_time
  request_uri scheme secure_link secure_link_expires server_addr server_name server_port server_protocol slice_range
  ssl_alpn_protocol ssl_cipher ssl_ciphers ssl_client_cert ssl_client_escaped_cert ssl_client_fingerprint
  ssl_client_i_dn ssl_client_i_dn_legacy ssl_client_raw_cert ssl_client_s_dn ssl_client_s_dn_legacy ssl_client_serial
  ssl_client_v_end ssl_client_v_remain ssl_client_v_start ssl_client_verify ssl_curve ssl_curves ssl_early_data
  ssl_protocol ssl_server_name ssl_session_id ssl_session_reused status tcpinfo_rcv_space tcpinfo_rtt tcpinfo_rttvar
  tcpinfo_snd_cwnd time_iso8601 time_local uid_got uid_reset uid_set upstream_addr upstream_bytes_received
  upstream_bytes_sent upstream_cache_etag upstream_cache_last_modified upstream_cache_status upstream_connect_time
  upstream_header_time upstream_response_length upstream_response_time upstream_status uri`.split(/\s+/),
)

/** Families: what follows the prefix is the name of a field, an argument, a cookie. */
export const variableFamilies: readonly string[] = [
  'http_',
  'sent_http_',
  'sent_trailer_',
  'cookie_',
  'arg_',
  'upstream_http_',
  'upstream_trailer_',
  'upstream_cookie_',
]

/** nginx's own variables that a configuration may set or define anew (NGX_HTTP_VAR_CHANGEABLE). */
const changeable =
  /^(args|limit_rate|ancient_browser|modern_browser|invalid_referer|uid_.*|ssl_.*|proxy_internal_.*)$/

/** Whether nginx has the variable by itself; names do not depend on case. */
export function isBuiltInVariable(name: string): boolean {
  const key = name.toLowerCase()
  return (
    builtInVariables.has(key) ||
    variableFamilies.some((prefix) => key.startsWith(prefix) && key.length > prefix.length)
  )
}

/** Whether `set`, `map` and the like may give the name a value. */
export function isSettableVariable(name: string): boolean {
  const key = name.toLowerCase()
  return !builtInVariables.has(key) || changeable.test(key)
}

/** What a text refers to: names in lower case without captures (`$1`), or nginx's sentence for a wrong reference. */
export type VariableReferences = { readonly names: readonly string[] } | { readonly invalid: string }

/** Reads `$name`, `${name}` and `$1` as ngx_http_script_compile does. */
export function variablesIn(text: string): VariableReferences {
  const names: string[] = []
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
    at++
    const capture = /^[1-9]/.exec(text.slice(at, at + 1))
    if (capture) continue
    const bracket = text[at] === '{'
    const name = /^\w*/.exec(text.slice(bracket ? at + 1 : at))?.[0] ?? ''
    at += name.length + (bracket ? 1 : 0)
    if (bracket && text[at] !== '}')
      return { invalid: `the closing bracket in "${name}" variable is missing` }
    if (name === '') return { invalid: 'invalid variable name' }
    names.push(name.toLowerCase())
  }
  return { names }
}

/** The names that the groups of a regular expression give to what they capture. */
export function namedGroups(pattern: string): string[] {
  return [...pattern.matchAll(/\(\?(?:P?<|')([A-Za-z_]\w*)[>']/g)].flatMap(
    (match) => match[1]?.toLowerCase() ?? [],
  )
}
