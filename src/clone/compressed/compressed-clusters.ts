import { ClusterIndex } from '../cluster-index.ts';
import { type ClusterSource, dataOf } from '../image-volume.ts';
import type { CompressedImage } from './compressed-image.ts';
import { FrameCache } from './frame-cache.ts';
import { dataFrames, FrameFinder, indexFrame, largestFrameBytes, readFrame } from './frame-list.ts';

/** The clusters of a compressed image at any place: only the frames that hold what is wanted are expanded. */
export function compressedClusters(image: CompressedImage): ClusterSource {
  const { header } = image;
  const index = new ClusterIndex(header);
  const frames = new FrameFinder(image);
  const isSense: boolean[] = [];
  for (const frame of dataFrames(image)) isSense.push(indexFrame(frame, isSense.length, index, image));
  // An index that contradicts itself beyond sense: then nothing of the image is believed.
  const isUsable = index.finish();
  const contents = new FrameCache(
    async (number) => {
      const frame = frames.find(number);
      if (frame === undefined || !isUsable || isSense[number] !== true) return undefined;
      const content = await readFrame(image, frame);
      return content.state === 'sound' ? content.bytes : undefined;
    },
    isSense.length,
    largestFrameBytes(image),
  );
  const stride = 1 + header.clusterBytes;
  return {
    index,
    async clusters(frame, offset, count) {
      const content = await contents.get(frame);
      const data = content && dataOf(content.subarray(offset, offset + count * stride), header.clusterBytes);
      return data && { bytes: data, holes: [] };
    },
  };
}
