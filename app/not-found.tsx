/** An address that is none, for operators and for strangers whose link was taken back; it is read without scripts too. */
import type { Metadata } from 'next';
import Link from 'next/link';
import styles from './not-found.module.css';

export const metadata: Metadata = { title: 'Nothing here' };

export default function NoSuchAddress() {
  return (
    <main className={styles.page}>
      <h1>There is nothing here</h1>
      <p>The address is wrong, or the link was taken back. Ask whoever gave it to you.</p>
      <p>
        <Link href="/">To Belay</Link>
      </p>
    </main>
  );
}
