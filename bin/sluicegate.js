#!/usr/bin/env node
import { launch } from './launch.js'

await launch('sluicegate', 'out/main/cli.js')
