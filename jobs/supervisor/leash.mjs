/**
 * Loaded into every child: a supervisor that was killed cannot stop its children, so they end when the
 * channel to it closes.
 */
if (process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
