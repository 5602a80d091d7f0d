'use client';
import { useRouter } from 'next/navigation';
import { useTransition } from 'react';

export function Retry() {
  const router = useRouter();
  const [trying, start] = useTransition();
  return (
    <button type="button" className="button small" disabled={trying} onClick={() => start(() => router.refresh())}>
      {trying ? 'Trying…' : 'Try again'}
    </button>
  );
}
