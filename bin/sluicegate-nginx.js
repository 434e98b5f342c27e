#!/usr/bin/env node
import { launch } from './launch.js'

await launch('sluicegate-nginx', 'out/main/nginx.js')
