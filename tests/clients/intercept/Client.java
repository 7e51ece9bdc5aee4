import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Uploads with the class that it is given, to the URL of production. `MD5` replaces the right Content-MD5. */
public class Client {
    static final String PRESIGN = "https://production.runalloy.com/connectors/files/upload/request";
    static final String MD5 = "XUFAKrxLKna5cZ2REBfFkg=="; // of "hello"

    interface Sender {
        String send(String method, String url, Map<String, String> headers, String body) throws Exception;
    }

    static String withConnection(String method, String url, Map<String, String> headers, String body) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setRequestMethod(method);
        headers.forEach(connection::setRequestProperty);
        connection.setDoOutput(true);
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        boolean good = connection.getResponseCode() == 200;
        try (InputStream stream = good ? connection.getInputStream() : connection.getErrorStream()) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            if (!good) throw new IOException(text);
            return text;
        }
    }

    static String withClient(String method, String url, Map<String, String> headers, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        headers.forEach(request::header);
        request.method(method, HttpRequest.BodyPublishers.ofString(body));
        HttpResponse<String> answer =
            HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IOException(answer.body());
        return answer.body();
    }

    public static void main(String[] arguments) throws Exception {
        Sender sender = arguments[0].equals("HttpClient") ? Client::withClient : Client::withConnection;
        Map<String, String> headers = Map.of(
            "Authorization", "Bearer " + System.getenv("ALLOY_API_KEY"),
            "x-api-version", "2025-09",
            "Content-Type", "application/json");
        String request = "{\"filename\": \"a.txt\", \"mimeType\": \"text/plain\", \"md5\": \"" + MD5 + "\"}";
        String answer = sender.send("POST", PRESIGN, headers, request);
        Matcher found = Pattern.compile("\"presignedUrl\":\\s*\"(https[^\"]*)\"").matcher(answer);
        if (!found.find()) throw new IOException(answer);
        String url = found.group(1);
        if (!url.startsWith("https://alloy-user-files.s3.us-east-1.amazonaws.com/")) throw new IOException(url);
        String md5 = System.getenv("MD5") == null ? MD5 : System.getenv("MD5");
        sender.send("PUT", url, Map.of("Content-MD5", md5, "Content-Type", "text/plain"), "hello");
    }
}
