// The real programs for a browser test: a sample district, its server, and one tablet. Everything lives in one folder
// that goes away at the end; only processes started here are ended.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const kPassword = 'sample-password-1'
export const kPin = '246810'
export const kReviewer = { login: 'reviewer', password: kPassword, name: '孙晓雯' }
const kLineWaitMs = 60_000
const kEndWaitMs = 30_000

function program(name) {
  const folder = process.env.DOUDI_BIN
  if (!folder) throw new Error('set DOUDI_BIN to the folder of the built programs')
  return join(folder, name)
}

// Runs to the end; the whole output is in the error when the program fails.
function run(name, words, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program(name), words, { env: { ...process.env, ...environment } })
    let out = ''
    let err = ''
    child.stdout.on('data', (bytes) => { out += bytes })
    child.stderr.on('data', (bytes) => { err += bytes })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${name} ${words[0]} ended with ${code}\n${out}${err}`))))
  })
}

// A program that keeps running; resolves with the rest of the first line that starts with `lead`.
class Running {
  static async start(name, words, lead, environment = {}) {
    const running = new Running()
    running.child = spawn(program(name), words, { env: { ...process.env, ...environment } })
    running.errors = ''
    running.child.stderr.on('data', (bytes) => { running.errors = (running.errors + bytes).slice(-20_000) })
    running.ended = new Promise((resolve) => running.child.on('close', resolve))
    running.line = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} did not say "${lead}"\n${running.errors}`)), kLineWaitMs)
      createInterface({ input: running.child.stdout }).on('line', (line) => {
        if (!line.startsWith(lead)) return
        clearTimeout(timer)
        resolve(line.slice(lead.length).trim())
      })
      running.child.on('close', (code) => reject(new Error(`${name} ended with ${code}\n${running.errors}`)))
    })
    return running
  }
  async stop() {
    if (this.child.exitCode !== null) return this.child.exitCode
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), kEndWaitMs)
    const code = await this.ended
    clearTimeout(timer)
    return code
  }
}

// [{ worker, grid }] in the order of the file.
function dutiesOf(file) {
  const [header, ...rows] = readFileSync(file, 'utf8').replace(/^\uFEFF/, '').trim().split(/\r?\n/).map((line) => line.replaceAll('"', '').split(','))
  return rows.map((row) => ({ worker: row[header.indexOf('网格员账号')], grid: row[header.indexOf('网格编号')] }))
}

export class Story {
  root = mkdtempSync(join(tmpdir(), 'doudi-web-'))
  port = 0
  server = null
  tablet = null

  async prepare() {
    const sample = join(this.root, 'sample')
    await run('doudi-sample-district', ['--scale', 'demo', '--seed', '7', '--out', sample])
    await this.district(['init', '--district', '120110', '--pack', 'dongli-2020'])
    await this.district(['import', 'grids', join(sample, 'grids.csv')])
    await this.district(['import', 'roster', join(sample, 'roster_utf8.csv'), '--skip-faulty'])
    await this.district(['account', 'add', '--login', kReviewer.login, '--name', kReviewer.name, '--role', 'district', '--scope', '120110'])
    this.duties = dutiesOf(join(sample, 'grids.csv'))
  }
  district(words) {
    return run('doudi-server', [...words, '--data', join(this.root, 'district')], { DOUDI_PASSWORD: kPassword })
  }
  get url() { return `https://127.0.0.1:${this.port}` }

  async startServer(options = []) {
    this.server = await Running.start('doudi-server', ['serve', '--data', join(this.root, 'district'), '--listen', `127.0.0.1:${this.port}`, ...options], 'listening ')
    this.port = Number(this.server.line.slice(this.server.line.lastIndexOf(':') + 1))
  }
  async stopServer() {
    const code = await this.server.stop()
    this.server = null
    return code
  }
  // One command on the tablet in the folder `name`, as JSON.
  async field(name, words) {
    return JSON.parse(await run('doudi-field', [...words, '--data', join(this.root, name), '--json'], { DOUDI_PIN: kPin }))
  }
  async enrol(name, worker) {
    const { code } = JSON.parse(await this.district(['device', 'code', '--worker', worker, '--json']))
    await this.field(name, ['enroll', '--server', this.url, '--code', code, '--label', name])
  }
  serveTablet(name, options = []) {
    return Running.start('doudi-field', ['serve', '--data', join(this.root, name), '--port', '0', ...options], 'open ')
  }
  // Enrols a tablet and starts its page; answers the address to open.
  async startTablet() {
    await this.enrol('tablet', this.duties[0].worker)
    this.tablet = await this.serveTablet('tablet')
    return this.tablet.line
  }
  async end() {
    await this.tablet?.stop()
    await this.server?.stop()
    rmSync(this.root, { recursive: true, force: true })
  }
}
