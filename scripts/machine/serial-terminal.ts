import { createConnection } from 'node:net';

// Joins this terminal and the serial line behind a socket: keys go in, what is said comes out, nothing is changed.
const socket = createConnection(process.argv[2] ?? '');
process.stdin.setRawMode(true);
process.stdin.pipe(socket);
socket.pipe(process.stdout);
socket.on('close', () => process.exit());
