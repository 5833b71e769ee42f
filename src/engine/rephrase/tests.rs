//! Against servers that answer, lie, stall, drip and die.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::*;

/// What a server does with a connection once it has read the request.
type Manners = fn(TcpStream, &str);

/// A server of one kind of manners; gives where it is, and each request that it reads.
fn server(manners: Manners) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("bound"));
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, sender) = (stream.expect("a connection"), sender.clone());
            thread::spawn(move || {
                let request = read(&mut stream);
                let _ = sender.send(request.clone());
                manners(stream, &request);
            });
        }
    });
    (url, requests)
}

/// Head and body of a request.
fn read(stream: &mut TcpStream) -> String {
    let (mut request, mut buffer) = (String::new(), [0; 4096]);
    loop {
        let length = request
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| {
                let end = rest.find('\r')?;
                rest[..end].parse::<usize>().ok()
            });
        if let Some(head) = request.find("\r\n\r\n")
            && request.len() >= head + 4 + length.unwrap_or(0)
        {
            return request;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return request,
            Ok(n) => request.push_str(&String::from_utf8_lossy(&buffer[..n])),
        }
    }
}

fn says(mut stream: TcpStream, status: &str, body: &str) {
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
}

const GOOD: &str = r#"{"choices":[{"message":{"content":"Le repas coûte 3 €."},"finish_reason":"stop"}]}"#;

fn settings(url: &str) -> Settings {
    Settings {
        endpoint: url.parse().expect("an address"),
        model: "petit".into(),
        key: Some(Secret::new("s3cret")),
        wait: Duration::from_millis(700),
    }
}

/// A rephraser and its runtime.
fn asks(url: &str) -> (Rephraser, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    (Rephraser::new(settings(url), runtime.handle().clone()), runtime)
}

type Answer = mpsc::Receiver<Result<String, RephraseError>>;

fn ask(rephraser: &Rephraser) -> (Request, Answer) {
    let (sender, answer) = mpsc::channel();
    let reply = move |words| drop(sender.send(words));
    let question = Pii::new("C'est combien ?".to_owned());
    (rephraser.ask(question, "Le repas coûte 3 €.".into(), reply), answer)
}

/// What is answered, and after how long.
fn answered(url: &str) -> (Result<String, RephraseError>, Duration) {
    let (rephraser, _runtime) = asks(url);
    let began = Instant::now();
    let (_request, answer) = ask(&rephraser);
    let answer = answer
        .recv_timeout(Duration::from_secs(5))
        .expect("an answer in any case");
    (answer, began.elapsed())
}

#[test]
fn a_server_that_answers_is_asked_once_with_the_key() {
    let (url, requests) = server(|stream, _| says(stream, "200 OK", GOOD));
    assert_eq!(answered(&url).0.as_deref(), Ok("Le repas coûte 3 €."));
    let request = requests.recv().expect("a request");
    assert!(
        request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{request}"
    );
    for part in [
        "authorization: Bearer s3cret",
        "\"model\":\"petit\"",
        "Question : C'est combien ?",
    ] {
        assert!(request.contains(part), "{request}");
    }
}

#[test]
fn whatever_else_it_does_there_are_no_words_and_in_time() {
    let cases: [(&str, Manners, RephraseError); 12] = [
        (
            "stalls",
            |stream, _| {
                thread::sleep(Duration::from_secs(9));
                drop(stream)
            },
            RephraseError::Slow,
        ),
        (
            "drips",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
                while stream.write_all(b" ").is_ok() {
                    thread::sleep(Duration::from_millis(100));
                }
            },
            RephraseError::Slow,
        ),
        (
            "drips its head",
            |mut stream, _| {
                for byte in b"HTTP/1.1 200 OK\r\nX: aaaaaaaaaaaaaaaaaa" {
                    if stream.write_all(&[*byte]).is_err() {
                        return;
                    }
                    thread::sleep(Duration::from_millis(100));
                }
            },
            RephraseError::Slow,
        ),
        ("dies at once", |stream, _| drop(stream), RephraseError::Cut),
        (
            "dies in the middle",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"choices\":[{");
            },
            RephraseError::Cut,
        ),
        (
            "speaks no HTTP",
            |mut stream, _| {
                let _ = stream.write_all(b"220 smtp.example.org ESMTP\r\n\r\n");
            },
            RephraseError::Cut,
        ),
        (
            "answers garbage",
            |stream, _| says(stream, "200 OK", "<html>non</html>"),
            RephraseError::Garbage,
        ),
        (
            "answers something else",
            |stream, _| says(stream, "200 OK", "{\"choices\":[]}"),
            RephraseError::Garbage,
        ),
        (
            "answers without end",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while stream
                    .write_all(format!("400\r\n{}\r\n", "a".repeat(1024)).as_bytes())
                    .is_ok()
                {}
            },
            RephraseError::Garbage,
        ),
        (
            "fails",
            |stream, _| says(stream, "500 Internal Server Error", GOOD),
            RephraseError::Status(500),
        ),
        (
            "loads",
            |stream, _| says(stream, "503 Service Unavailable", ""),
            RephraseError::Status(503),
        ),
        (
            "knows us not",
            |stream, _| says(stream, "401 Unauthorized", ""),
            RephraseError::Status(401),
        ),
    ];
    for (what, manners, expected) in cases {
        let (url, _requests) = server(manners);
        let (answer, took) = answered(&url);
        assert_eq!(answer, Err(expected), "{what}");
        assert!(took < Duration::from_millis(1000), "{what}: {took:?}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port");
    assert_eq!(
        answered(&format!("http://{nobody}/v1")).0,
        Err(RephraseError::Unreachable)
    );
}

#[test]
fn redirections_are_not_followed() {
    let (other, visits) = server(|stream, _| says(stream, "200 OK", GOOD));
    static OTHER: Mutex<String> = Mutex::new(String::new());
    *OTHER.lock().expect("whole") = other;
    let (url, _requests) = server(|mut stream, _| {
        let other = OTHER.lock().expect("whole").clone();
        let _ = write!(
            stream,
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {other}\r\nContent-Length: 0\r\n\r\n"
        );
    });
    assert_eq!(answered(&url).0, Err(RephraseError::Status(307)));
    assert!(visits.try_recv().is_err());
}

#[test]
fn one_question_at_a_time_and_the_others_are_refused_at_once() {
    let (url, _requests) = server(|stream, _| {
        thread::sleep(Duration::from_millis(300));
        says(stream, "200 OK", GOOD)
    });
    let (rephraser, _runtime) = asks(&url);
    let (_first, first) = ask(&rephraser);
    let (_second, second) = ask(&rephraser);
    assert_eq!(second.try_recv(), Ok(Err(RephraseError::Busy)));
    assert!(first.recv().expect("an answer").is_ok());
    let (_third, third) = ask(&rephraser);
    assert!(third.recv().expect("an answer").is_ok());
}

#[test]
fn who_is_no_longer_waited_for_is_hung_up_on() {
    let (url, requests) = server(|mut stream, _| {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        // 0 bytes: the other side is gone.
        assert_eq!(stream.read(&mut [0; 1]).expect("it is hung up on"), 0);
        GONE.store(true, std::sync::atomic::Ordering::Release);
    });
    static GONE: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    let (rephraser, _runtime) = asks(&url);
    let (request, answer) = ask(&rephraser);
    requests.recv().expect("it was asked");
    drop(request);
    assert!(answer.recv_timeout(Duration::from_secs(5)).is_err(), "nobody answers");
    let began = Instant::now();
    while !GONE.load(std::sync::atomic::Ordering::Acquire) {
        assert!(began.elapsed() < Duration::from_millis(500));
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(rephraser.slots.available_permits(), AT_ONCE);
}

#[test]
fn a_server_that_fails_is_left_alone() {
    let (url, requests) = server(|stream, _| says(stream, "500 Internal Server Error", ""));
    let (rephraser, _runtime) = asks(&url);
    for _ in 0..3 {
        let (_request, answer) = ask(&rephraser);
        assert_eq!(answer.recv(), Ok(Err(RephraseError::Status(500))));
    }
    let (_request, answer) = ask(&rephraser);
    assert_eq!(answer.recv(), Ok(Err(RephraseError::Resting)));
    assert_eq!(requests.try_iter().count(), 3);
}

#[test]
fn a_probe_tells_whether_it_is_there() {
    let (url, requests) = server(|stream, _| says(stream, "200 OK", "{\"data\":[]}"));
    let (_rephraser, runtime) = asks(&url);
    assert_eq!(runtime.block_on(probe(&settings(&url))), Ok(()));
    assert!(requests.recv().expect("a request").starts_with("GET /v1/models "));
    let shown = format!("{:?}", settings(&url));
    assert!(!shown.contains("s3cret"), "{shown}");
}
