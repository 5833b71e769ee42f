//! One file of a hub by HTTP: resumed when cut (RFC 9110, section 14), hashed on the way, given up quickly when the
//! host does not answer.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::http::{HeaderMap, StatusCode, header};

use super::error::SourceError;
use super::manifest::{Pin, Sha256Hex, host_of};
use super::progress::Progress;
use super::stage::check_hash;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection and, apart, for the name.
    pub connect: Duration,
    /// For the head of an answer.
    pub answer: Duration,
    /// For more of the body.
    pub read: Duration,
    /// Before a cut transfer goes on.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(4),
            answer: seconds(10),
            read: seconds(20),
            pause: seconds(1),
        }
    }
}

/// Cuts in a row, without a byte more, after which a source is given up.
const FRUITLESS: u32 = 3;

/// Fetches files, and remembers the hosts that did not answer. Proxies come from the environment.
pub struct Http {
    agent: ureq::Agent,
    pause: Duration,
    silent: HashSet<String>,
}

impl Http {
    /// With the proxies of the environment.
    pub fn new(patience: Patience) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.answer))
            .timeout_per_read(Some(patience.read))
            .http_status_as_error(false)
            .user_agent("allo")
            .build()
            .new_agent();
        Self {
            agent,
            pause: patience.pause,
            silent: HashSet::new(),
        }
    }

    /// Brings `url` into `part`, going on from what is there, until it is as `pin` says. What is refused is deleted;
    /// what was cut is kept for the next time.
    pub fn fetch(&mut self, url: &str, part: &Path, pin: &Pin, progress: &mut dyn Progress) -> Result<(), SourceError> {
        let host = host_of(url).unwrap_or(url);
        if self.silent.contains(host) {
            return Err(SourceError::StillSilent(host.into()));
        }
        progress.begin(&name_of(part), pin.size, 0);
        let result = self.persist(url, host, part, pin, progress);
        progress.end();
        match &result {
            Err(SourceError::Silent { .. }) => _ = self.silent.insert(host.into()),
            Err(SourceError::WrongSize { .. } | SourceError::WrongHash { .. }) => forget(part),
            _ => {}
        }
        result
    }

    /// Tries again while that brings more. A host that has answered once is not silent: its line is bad.
    fn persist(
        &self,
        url: &str,
        host: &str,
        part: &Path,
        pin: &Pin,
        progress: &mut dyn Progress,
    ) -> Result<(), SourceError> {
        let (mut best, mut fruitless, mut cut) = (size_of(part), 0, None);
        loop {
            match self.attempt(url, host, part, pin, progress) {
                Ok(hash) => return check_hash(pin, hash).inspect(|()| forget_etag(part)),
                Err(SourceError::Cut(why)) => cut = Some(why),
                Err(SourceError::Silent { why, .. }) if cut.is_some() => cut = Some(why),
                Err(error) => return Err(error),
            }
            let size = size_of(part);
            fruitless = if size > best { 0 } else { fruitless + 1 };
            best = best.max(size);
            match cut.take_if(|_| fruitless == FRUITLESS) {
                Some(why) => return Err(SourceError::Cut(why)),
                None => std::thread::sleep(self.pause),
            }
        }
    }

    /// One request for what is missing.
    fn attempt(
        &self,
        url: &str,
        host: &str,
        part: &Path,
        pin: &Pin,
        progress: &mut dyn Progress,
    ) -> Result<Sha256Hex, SourceError> {
        let (mut hasher, mut have) = hash_so_far(part, pin)?;
        if have == pin.size {
            return Ok(Sha256Hex::of(hasher));
        }
        // Ranges count bytes as they are stored, so no compression on the way.
        let mut request = self.agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
            if let Ok(etag) = fs::read_to_string(etag_of(part)) {
                request = request.header(header::IF_RANGE, etag); // changed since? then all of it (section 13.1.5)
            }
        }
        let mut answer = request.call().map_err(|error| unanswered(host, error))?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => match content_range(answer.headers()) {
                Some((start, total)) if start == have && total.is_none_or(|total| total == pin.size) => {}
                Some((start, Some(total))) if start == have => return Err(wrong_size(pin, total)),
                _ => {
                    forget(part);
                    return Err(SourceError::Cut("reprise refusée".into()));
                }
            },
            StatusCode::OK => {
                // The whole file: the server does not resume, or its file has changed.
                (hasher, have) = (Sha256::new(), 0);
                forget(part);
                if let Some(length) = answer.body().content_length().filter(|length| *length != pin.size) {
                    return Err(wrong_size(pin, length));
                }
                remember_etag(part, answer.headers())?;
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                forget(part);
                return Err(SourceError::Cut("reprise refusée".into()));
            }
            status => return Err(SourceError::Status(status.as_u16())),
        }
        let mut file = OpenOptions::new().append(true).create(true).open(part)?;
        let mut body = answer.body_mut().as_reader();
        let mut buffer = vec![0; 1 << 16];
        while have < pin.size {
            let n = body
                .read(&mut buffer)
                .map_err(|error| SourceError::Cut(error.to_string()))?;
            if n == 0 {
                return Err(SourceError::Cut(format!("fin à {have} octets sur {}", pin.size)));
            }
            if have + n as u64 > pin.size {
                return Err(wrong_size(pin, have + n as u64));
            }
            file.write_all(&buffer[..n])?;
            hasher.update(&buffer[..n]);
            have += n as u64;
            progress.advance(have);
        }
        Ok(Sha256Hex::of(hasher))
    }
}

/// No answer at all: name, connection, proxy, TLS, or time.
fn unanswered(host: &str, error: ureq::Error) -> SourceError {
    use std::io::ErrorKind;
    let why = match &error {
        ureq::Error::HostNotFound => "nom inconnu".into(),
        ureq::Error::Timeout(_) => "délai dépassé".into(),
        ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => "connexion refusée".into(),
        ureq::Error::Io(error) if error.to_string().contains("lookup address") => "nom inconnu".into(),
        other => other.to_string(),
    };
    SourceError::Silent { host: host.into(), why }
}

fn wrong_size(pin: &Pin, got: u64) -> SourceError {
    SourceError::WrongSize {
        expected: pin.size,
        got,
    }
}

/// The hash state of what an earlier try left, and its length; more than the pin is of no use.
fn hash_so_far(part: &Path, pin: &Pin) -> Result<(Sha256, u64), SourceError> {
    if size_of(part) > pin.size {
        forget(part);
    }
    let (mut hasher, mut have) = (Sha256::new(), 0);
    if let Ok(mut file) = File::open(part) {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => {
                    hasher.update(&buffer[..n]);
                    have += n as u64;
                }
            }
        }
    }
    Ok((hasher, have))
}

/// `bytes START-END/TOTAL`, the total perhaps `*` (section 14.4).
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// Only a strong validator may be given back in If-Range.
fn remember_etag(part: &Path, headers: &HeaderMap) -> Result<(), SourceError> {
    let etag = headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    match etag.filter(|etag| etag.starts_with('"')) {
        Some(etag) => Ok(fs::write(etag_of(part), etag)?),
        None => Ok(()),
    }
}

fn etag_of(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".etag");
    name.into()
}

fn forget_etag(part: &Path) {
    let _ = fs::remove_file(etag_of(part));
}

/// Deletes what is there of a transfer.
pub fn forget(part: &Path) {
    let _ = fs::remove_file(part);
    forget_etag(part);
}

fn size_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn name_of(part: &Path) -> String {
    part.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Instant;

    use super::super::progress::Silent;
    use super::*;

    fn data() -> Vec<u8> {
        (0..100_000u32).flat_map(|i| i.to_le_bytes()).collect()
    }

    fn pin(data: &[u8]) -> Pin {
        Pin {
            size: data.len() as u64,
            sha256: Sha256Hex::of(Sha256::new_with_prefix(data)),
        }
    }

    fn http() -> Http {
        let short = Duration::from_millis(300);
        Http::new(Patience {
            connect: short,
            answer: short,
            read: short,
            pause: Duration::from_millis(1),
        })
    }

    type Answer = Box<dyn FnOnce(&mut TcpStream, Option<u64>) + Send>;

    /// A server that gives each connection the next answer, then goes away. Each request's head is told.
    fn serve(answers: Vec<Answer>) -> (String, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/model.bin", listener.local_addr().unwrap());
        let (heads, told) = channel();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let head = head.join("\n").to_lowercase();
                let range = head
                    .split("range: bytes=")
                    .nth(1)
                    .and_then(|rest| rest.split('-').next()?.parse().ok());
                let _ = heads.send(head);
                answer(&mut stream, range);
            }
        });
        (url, told)
    }

    /// The rest from the asked byte on, or all; the head announces everything, the body stops after `length` bytes.
    fn part_of(data: Vec<u8>, length: usize, ranges: bool) -> Answer {
        Box::new(move |stream, from| {
            let from = from.filter(|_| ranges);
            let rest = &data[from.unwrap_or(0) as usize..];
            let mut head = match from {
                Some(n) => {
                    format!(
                        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {n}-{}/{}",
                        data.len() - 1,
                        data.len()
                    )
                }
                None => "HTTP/1.1 200 OK".to_owned(),
            };
            head += &format!(
                "\r\nETag: \"one\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                rest.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&rest[..length.min(rest.len())]);
        })
    }

    fn status(line: &'static str) -> Answer {
        Box::new(move |stream, _| {
            let head = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
        })
    }

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn part(&self) -> PathBuf {
            self.0.path().join("model.bin.part")
        }

        fn files(&self) -> usize {
            fs::read_dir(self.0.path()).unwrap().count()
        }
    }

    #[test]
    fn a_whole_file() {
        let (data, folder) = (data(), Folder::new());
        let (url, _told) = serve(vec![part_of(data.clone(), usize::MAX, true)]);
        http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
        assert!(fs::read(folder.part()).unwrap() == data);
        assert_eq!(folder.files(), 1, "no etag is left behind");
    }

    #[test]
    fn a_cut_transfer_goes_on_where_it_stopped() {
        let (data, folder) = (data(), Folder::new());
        let cut = |n| part_of(data.clone(), n, true);
        let (url, told) = serve(vec![cut(150_000), cut(100_000), cut(usize::MAX)]);
        http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
        assert!(fs::read(folder.part()).unwrap() == data);
        let heads: Vec<String> = told.iter().collect();
        assert!(!heads[0].contains("range:"));
        assert!(heads[1].contains("range: bytes=150000-") && heads[1].contains("if-range: \"one\""));
        assert!(heads[2].contains("range: bytes=250000-"));
    }

    #[test]
    fn what_was_cut_yesterday_is_not_asked_for_again() {
        let (data, folder) = (data(), Folder::new());
        fs::write(folder.part(), &data[..399_999]).unwrap();
        let (url, told) = serve(vec![part_of(data.clone(), usize::MAX, true)]);
        http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
        assert!(told.recv().unwrap().contains("range: bytes=399999-"));
        assert!(fs::read(folder.part()).unwrap() == data);
    }

    #[test]
    fn a_server_that_ignores_ranges_sends_it_all_again() {
        let (data, folder) = (data(), Folder::new());
        let (url, _told) = serve(vec![
            part_of(data.clone(), 150_000, false),
            part_of(data.clone(), usize::MAX, false),
        ]);
        http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
        assert!(fs::read(folder.part()).unwrap() == data);
    }

    #[test]
    fn a_range_that_is_refused_or_wrong_begins_anew() {
        let data = data();
        let elsewhere: Answer = Box::new(|stream, _| {
            let _ = stream.write_all(b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/400000\r\n\r\nabcde");
        });
        for odd in [status("416 Range Not Satisfiable"), elsewhere] {
            let folder = Folder::new();
            fs::write(folder.part(), &data[..1000]).unwrap();
            let (url, told) = serve(vec![odd, part_of(data.clone(), usize::MAX, true)]);
            http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
            assert!(fs::read(folder.part()).unwrap() == data);
            assert!(!told.iter().nth(1).unwrap().contains("range:"));
        }
    }

    #[test]
    fn a_wrong_hash_is_named_and_deleted() {
        let (data, folder) = (data(), Folder::new());
        let mut other = data.clone();
        other[200_000] ^= 1;
        let (url, _told) = serve(vec![part_of(other.clone(), usize::MAX, true)]);
        let error = http()
            .fetch(&url, &folder.part(), &pin(&data), &mut Silent)
            .unwrap_err();
        assert_eq!(folder.files(), 0);
        let text = error.to_string();
        assert!(
            text.contains(pin(&data).sha256.as_str()) && text.contains(pin(&other).sha256.as_str()),
            "{text}"
        );
    }

    #[test]
    fn a_wrong_size_is_refused_before_the_body() {
        let (data, folder) = (data(), Folder::new());
        let (url, _told) = serve(vec![part_of(data[..7].to_vec(), usize::MAX, true)]);
        let error = http()
            .fetch(&url, &folder.part(), &pin(&data), &mut Silent)
            .unwrap_err();
        assert!(matches!(
            error,
            SourceError::WrongSize {
                expected: 400_000,
                got: 7
            }
        ));
        assert_eq!(folder.files(), 0);
    }

    #[test]
    fn a_missing_file_is_only_a_status() {
        let (data, folder) = (data(), Folder::new());
        let (url, _told) = serve(vec![status("404 Not Found")]);
        let error = http()
            .fetch(&url, &folder.part(), &pin(&data), &mut Silent)
            .unwrap_err();
        assert!(matches!(error, SourceError::Status(404)));
    }

    #[test]
    fn a_body_that_stalls_is_cut_and_resumed() {
        let (data, folder) = (data(), Folder::new());
        let half = data.clone();
        let stall: Answer = Box::new(move |stream, _| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n");
            let _ = stream.write_all(&half[..5000]);
            let open = stream.try_clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(3));
                drop(open);
            });
        });
        let (url, told) = serve(vec![stall, part_of(data.clone(), usize::MAX, true)]);
        http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
        assert!(told.iter().nth(1).unwrap().contains("range: bytes=5000-"));
        assert!(fs::read(folder.part()).unwrap() == data);
    }

    #[test]
    fn cuts_without_progress_give_up_and_keep_what_came() {
        let (data, folder) = (data(), Folder::new());
        let mut answers = vec![part_of(data.clone(), 1000, true)];
        answers.extend((0..FRUITLESS).map(|_| part_of(data.clone(), 0, true)));
        let (url, _told) = serve(answers);
        let error = http()
            .fetch(&url, &folder.part(), &pin(&data), &mut Silent)
            .unwrap_err();
        assert!(matches!(error, SourceError::Cut(_)));
        assert_eq!(size_of(&folder.part()), 1000);
    }

    #[test]
    fn a_redirection_keeps_the_range() {
        let (data, folder) = (data(), Folder::new());
        fs::write(folder.part(), &data[..1000]).unwrap();
        let (store, told) = serve(vec![part_of(data.clone(), usize::MAX, true)]);
        let away: Answer = Box::new(move |stream, _| {
            let head =
                format!("HTTP/1.1 302 Found\r\nLocation: {store}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
        });
        let (url, _told) = serve(vec![away]);
        http().fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap();
        assert!(told.recv().unwrap().contains("range: bytes=1000-"));
        assert!(fs::read(folder.part()).unwrap() == data);
    }

    #[test]
    fn a_host_that_does_not_answer_is_asked_once() {
        let (data, folder) = (data(), Folder::new());
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mute = TcpListener::bind("127.0.0.1:0").unwrap(); // accepts, says nothing
        for address in [closed, mute.local_addr().unwrap()] {
            let mut http = http();
            let url = format!("http://{address}/a");
            let began = Instant::now();
            let first = http.fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap_err();
            assert!(matches!(first, SourceError::Silent { .. }), "{first}");
            assert!(began.elapsed() < Duration::from_secs(2));
            let began = Instant::now();
            let second = http.fetch(&url, &folder.part(), &pin(&data), &mut Silent).unwrap_err();
            assert!(matches!(second, SourceError::StillSilent(_)));
            assert!(began.elapsed() < Duration::from_millis(50));
        }
    }
}
