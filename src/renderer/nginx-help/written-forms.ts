/** Arguments as nginx's documentation writes them, where the table's own syntax does not say them. */

export const writtenForms: Readonly<Record<string, string>> = {
  error_log: 'file [level]',
  listen:
    'address[:port] | port | unix:path [default_server] [ssl] [http2] [proxy_protocol] [backlog=number] [rcvbuf=size] [sndbuf=size] [deferred] [bind] [ipv6only=on | off] [reuseport] [so_keepalive=on | off]',
  error_page: 'code ... [=[response]] uri',
  keepalive_timeout: 'timeout [header_timeout]',
  log_format: 'name [escape=default | json | none] string ...',
  access_log: 'path [format [buffer=size] [gzip[=level]] [flush=time] [if=condition]] | off',
  open_log_file_cache: 'max=number [inactive=time] [min_uses=number] [valid=time] | off',
  limit_req_zone: 'key zone=name:size rate=number r/s | r/m',
  limit_req: 'zone=name [burst=number] [nodelay | delay=number]',
  limit_conn_zone: 'key zone=name:size',
  limit_conn: 'zone number',
  allow: 'address | network | unix: | all',
  deny: 'address | network | unix: | all',
  add_header: 'name value [always]',
  add_trailer: 'name value [always]',
  proxy_pass: 'URL',
  proxy_cache: 'zone | off',
  proxy_cache_path:
    'path [levels=levels] [use_temp_path=on | off] keys_zone=name:size [inactive=time] [max_size=size] [min_free=size]',
  proxy_cache_valid: '[code ...] time',
  proxy_redirect: 'default | off | redirect replacement',
  proxy_cookie_domain: 'off | domain replacement',
  proxy_cookie_path: 'off | path replacement',
  proxy_cookie_flags: 'off | cookie [flag ...]',
  try_files: 'file ... uri | =code',
  zone: 'name [size]',
  hash: 'key [consistent]',
  random: '[two [method]]',
  sticky:
    'cookie name [expires=time] [domain=domain] [httponly] [samesite=strict | lax | none] [secure] [path=path] | route $variable ...',
}

/** Words that help typing, of directives whose syntax does not list them. */
export const writtenParameters: Readonly<Record<string, readonly string[]>> = {
  listen: ['ssl', 'http2', 'default_server', 'proxy_protocol', 'reuseport', 'deferred', 'backlog=', 'bind'],
  limit_req: ['zone=', 'burst=', 'nodelay', 'delay='],
  limit_req_zone: ['zone=', 'rate='],
  limit_conn_zone: ['zone='],
  proxy_cache_path: ['levels=1:2', 'keys_zone=', 'inactive=', 'max_size=', 'use_temp_path=off', 'min_free='],
  error_log: ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'],
  log_format: ['escape=json', 'escape=default', 'escape=none'],
  access_log: ['off', 'buffer=', 'flush=', 'gzip', 'if='],
  add_header: ['always'],
  add_trailer: ['always'],
  allow: ['all', 'unix:'],
  deny: ['all', 'unix:'],
  hash: ['consistent'],
  random: ['two', 'least_conn'],
  sticky: ['cookie', 'route', 'expires=', 'domain=', 'path=', 'httponly', 'secure', 'samesite='],
  rewrite: ['last', 'break', 'redirect', 'permanent'],
  proxy_redirect: ['default', 'off'],
  limit_except: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'],
}
