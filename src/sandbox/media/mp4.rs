//! As much of an MPEG-4 file as its boxes tell: size, length, and whether it has sound.

use std::io::{self, Read, Seek, SeekFrom};

/// Most boxes that are looked at; real films have a few dozen.
const MAX_BOXES: usize = 1000;

/// What a film is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Film {
    pub width: u32,
    pub height: u32,
    /// Seconds, rounded.
    pub duration: u32,
    pub has_sound: bool,
}

/// Reads the boxes of a film; `None` when it has no tracks.
pub(super) fn read(file: &mut (impl Read + Seek), size: u64) -> io::Result<Option<Film>> {
    let mut walk = Walk { file, film: Film::default(), has_track: false, left: MAX_BOXES };
    walk.boxes(0, size, 0)?;
    Ok(walk.has_track.then_some(walk.film))
}

struct Walk<'a, F> {
    file: &'a mut F,
    film: Film,
    has_track: bool,
    left: usize,
}

impl<F: Read + Seek> Walk<'_, F> {
    /// The boxes between two places. What does not fit ends the walk without an error: half a film is one, too.
    fn boxes(&mut self, mut from: u64, until: u64, depth: usize) -> io::Result<()> {
        while until.saturating_sub(from) >= 8 && self.left > 0 && depth < 4 {
            self.left -= 1;
            self.file.seek(SeekFrom::Start(from))?;
            let head = self.bytes::<8>()?;
            let (length, header) = match number(&head[..4]) {
                0 => (until - from, 8),
                1 => (u64::from_be_bytes(self.bytes::<8>()?), 16),
                length => (length, 8),
            };
            if length < header || length > until - from {
                return Ok(());
            }
            self.one(&head[4..], from + header, from + length, depth)?;
            from += length;
        }
        Ok(())
    }

    fn one(&mut self, name: &[u8], from: u64, until: u64, depth: usize) -> io::Result<()> {
        match name {
            b"moov" | b"trak" | b"mdia" => self.boxes(from, until, depth + 1)?,
            b"mvhd" => self.movie_header()?,
            b"tkhd" => self.track_header()?,
            b"hdlr" => {
                let fields = self.bytes::<12>()?;
                self.has_track = true;
                self.film.has_sound |= &fields[8..] == b"soun";
            }
            _ => {}
        }
        Ok(())
    }

    fn movie_header(&mut self) -> io::Result<()> {
        let (scale, length) = if self.bytes::<4>()?[0] == 1 {
            let fields = self.bytes::<28>()?;
            (number(&fields[16..20]), number(&fields[20..]))
        } else {
            let fields = self.bytes::<16>()?;
            (number(&fields[8..12]), number(&fields[12..]))
        };
        let seconds = length.saturating_add(scale / 2).checked_div(scale).unwrap_or(0);
        self.film.duration = u32::try_from(seconds).unwrap_or(0);
        Ok(())
    }

    /// Width and height are the last fields, as 16.16 fixed-point numbers.
    fn track_header(&mut self) -> io::Result<()> {
        let skipped: i64 = if self.bytes::<4>()?[0] == 1 { 84 } else { 72 };
        self.file.seek(SeekFrom::Current(skipped))?;
        let fields = self.bytes::<8>()?;
        let (width, height) = (number(&fields[..4]) >> 16, number(&fields[4..]) >> 16);
        self.film.width = self.film.width.max(u32::try_from(width).unwrap_or(0));
        self.film.height = self.film.height.max(u32::try_from(height).unwrap_or(0));
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A big-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use super::{Film, read};

    fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 8).unwrap();
        [&length.to_be_bytes(), name, content].concat()
    }

    fn track(handler: &[u8], width: u32, height: u32) -> Vec<u8> {
        let mut header = vec![0; 76];
        header.extend((width << 16).to_be_bytes());
        header.extend((height << 16).to_be_bytes());
        let handler = boxed(b"hdlr", &[&[0; 8], handler, &[0; 12]].concat());
        boxed(b"trak", &[boxed(b"tkhd", &header), boxed(b"mdia", &handler)].concat())
    }

    /// A film without pictures: 640×360, 7.5 seconds.
    pub(in super::super) fn film(has_sound: bool) -> Vec<u8> {
        let mut header = vec![0; 12];
        header.extend(1000_u32.to_be_bytes());
        header.extend(7500_u32.to_be_bytes());
        let mut inner = [boxed(b"mvhd", &header), track(b"vide", 640, 360)].concat();
        if has_sound {
            inner.extend(track(b"soun", 0, 0));
        }
        [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"mdat", &[7; 99]), boxed(b"moov", &inner)].concat()
    }

    fn read_all(bytes: &[u8]) -> Option<Film> {
        read(&mut Cursor::new(bytes), bytes.len() as u64).unwrap_or_default()
    }

    #[test]
    fn films_are_measured() {
        let silent = Film { width: 640, height: 360, duration: 8, has_sound: false };
        assert_eq!(read_all(&film(false)), Some(silent));
        assert_eq!(read_all(&film(true)), Some(Film { has_sound: true, ..silent }));
    }

    #[test]
    fn broken_films_are_survived() {
        let film = film(true);
        for end in 0..film.len() {
            let _ = read_all(&film[..end]);
        }
        let nested = (0..50).fold(Vec::new(), |inner, _| boxed(b"moov", &inner));
        assert_eq!(read_all(&nested), None);
        assert_eq!(read_all(b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(read_all(&boxed(b"free", b"").repeat(5000)), None);
    }
}
