/**
 * The CSP with its nonce is set in proxy.ts; the headers here also cover what the proxy leaves alone.
 * @type {import('next').NextConfig}
 */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  images: { unoptimized: true },
  typedRoutes: false,
  // Checked by `npm run check`; building is for newcomers who wait.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ['postgres', 'bullmq', 'bullmq-otel', 'ioredis', 'pg', 'pino', '@opentelemetry/sdk-node'],
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'X-Content-Type-Options', value: 'nosniff' },
        { key: 'X-Frame-Options', value: 'DENY' },
        { key: 'Referrer-Policy', value: 'same-origin' },
        { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
        { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
        { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
      ],
    },
    {
      // Public status pages: the address is the secret, so it goes nowhere.
      source: '/s/:path*',
      headers: [
        { key: 'Referrer-Policy', value: 'no-referrer' },
        { key: 'X-Robots-Tag', value: 'noindex, nofollow, noarchive' },
      ],
    },
  ],
};

export default config;
