/** A configuration like those people have, for component tests and pictures. */
import { parse } from '../../nginx/parser.ts'
import { readConfig } from '../../nginx/read.ts'
import type { Config } from '../../config/model.ts'

export const demoText = `
worker_processes auto;

events {
    worker_connections 1024;
}

http {
    log_format timed '$remote_addr "$request" $status $request_time';
    access_log /var/log/nginx/access.log timed;
    proxy_cache_path /var/cache/nginx keys_zone=pages:10m max_size=1g;
    limit_req_zone $binary_remote_addr zone=login:10m rate=5r/m;

    upstream shop_api {
        server 127.0.0.1:3001 weight=3;
        server 127.0.0.1:3002;
        server 127.0.0.1:3003;
        server 127.0.0.1:3004 backup;
        keepalive 16;
    }

    upstream web {
        server 127.0.0.1:5173;
        keepalive 8;
    }

    upstream search {
        least_conn;
        server 127.0.0.1:9200 weight=2;
        server 127.0.0.1:9201;
    }

    upstream images {
        server 127.0.0.1:4100;
    }

    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' close;
    }

    server {
        listen 80 default_server;
        server_name _;
        return 301 https://$host$request_uri;
    }

    # The shop: page, API, search.
    server {
        listen 443 ssl http2;
        server_name shop.localhost www.shop.localhost;
        ssl_certificate /etc/ssl/shop.pem;
        ssl_certificate_key /etc/ssl/shop.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        client_max_body_size 10m;
        add_header X-Frame-Options SAMEORIGIN always;
        add_header X-Content-Type-Options nosniff always;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;

        location / {
            proxy_pass http://web;
        }

        location /api/ {
            proxy_pass http://shop_api/;
            proxy_cache pages;
            proxy_connect_timeout 2s;
        }

        location = /api/login {
            limit_req zone=login burst=5 nodelay;
            proxy_pass http://shop_api/login;
        }

        location ^~ /search/ {
            proxy_pass http://search;
            proxy_read_timeout 10s;
        }

        location ~* \\.(png|jpe?g|webp|svg)$ {
            proxy_pass http://images;
            proxy_cache pages;
        }

        location /ws {
            proxy_pass http://127.0.0.1:3005;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_read_timeout 1h;
        }
    }

    server {
        listen 443 ssl;
        server_name admin.localhost;

        location / {
            proxy_pass http://127.0.0.1:8081;
        }

        location /api/ {
            proxy_pass http://shop_api/admin/;
        }
    }

    server {
        listen 443 ssl;
        server_name docs.localhost;
        root /srv/docs;

        location / {
            proxy_pass http://127.0.0.1:4173;
        }
    }
}
`

/** The configuration of an nginx text. */
export function configOf(text: string): Config {
  return readConfig(parse(text, 'nginx.conf').statements).config
}

export const demoConfig: Config = configOf(demoText)
