import { defineConfig } from 'vite'
import { page } from './vite.common.ts'

export default defineConfig(page('../../sync_server/web', 'console'))
